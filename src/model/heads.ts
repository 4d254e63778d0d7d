/**
 * Attention heads as units: of every head the probabilities with which tokens of one segment attend to
 * those of another, 25 pairs of segments a head.
 */

/** Words for segments, in the order of the tokenizer's; of a prompt `sep1` is all of its own words. */
export const segmentNames = ["cls", "query", "sep1", "passage", "sep2"] as const;

/** A word for a segment. */
export type SegmentName = typeof segmentNames[number];

/** A kind of units: outputs of linears, or attention heads. */
export type UnitKind = "linears" | "heads";

/** Kinds of units, in their order. */
export const unitKinds: readonly UnitKind[] = ["linears", "heads"];

/** Segments of a pair. */
export const SEGMENTS = segmentNames.length;

/** Pairs of segments of a head. */
export const SEGMENT_PAIRS = SEGMENTS * SEGMENTS;

/** Components that are attention's heads, not linears' outputs, with the word that their names have. */
const words = new Map([["heads", "head"], ["cross_heads", "cross_head"]]);

/** The heads' components, in the order of neuron ids. */
export const headComponents: readonly string[] = [...words.keys()];

/** Whether a component is attention's heads. */
export function isHeads(component: string): boolean {
  return words.has(component);
}

/** The heads that are made of the outputs of a linear for queries. */
export function headsOfQuery(component: string): string {
  return component === "cross_query" ? "cross_heads" : "heads";
}

/** A unit of a head: tokens of segment `from` attend to those of segment `to`. */
export interface HeadUnit {
  readonly head: number;
  /** Index into {@linkcode segmentNames} of the attending tokens. */
  readonly from: number;
  /** Of the tokens attended to. */
  readonly to: number;
}

/** The unit of a component: head-major, then the attending segment, then the one attended to. */
export function unitOfHead({ head, from, to }: HeadUnit): number {
  return head * SEGMENT_PAIRS + from * SEGMENTS + to;
}

/** The head and segments of a unit. */
export function headOfUnit(unit: number): HeadUnit {
  const pair = unit % SEGMENT_PAIRS;
  return {
    head: Math.floor(unit / SEGMENT_PAIRS),
    from: Math.floor(pair / SEGMENTS),
    to: pair % SEGMENTS,
  };
}

/** `7.head.3.query>passage`. */
export function headUnitName(
  { layer, component, unit }: {
    readonly layer: number;
    readonly component: string;
    readonly unit: number;
  },
): string {
  const { head, from, to } = headOfUnit(unit);
  return `${layer}.${words.get(component)}.${head}.${segmentNames[from]}>${segmentNames[to]}`;
}

/** A head's name taken apart. */
export interface HeadName {
  readonly layer: number;
  readonly component: string;
  readonly head: number;
  /** Its pair of segments, `query>passage`; all of them where none is named. */
  readonly pair?: string;
}

/** Takes `7.head.3` or `7.head.3.query>passage` apart; undefined where a text is neither. */
export function parseHeadName(text: string): HeadName | undefined {
  const [, layer, word, head, pair] =
    /^(\d{1,6})\.((?:cross_)?head)\.(\d{1,6})(?:\.([a-z0-9]{1,20}>[a-z0-9]{1,20}))?$/.exec(text) ??
      [];
  if (word === undefined) return undefined;
  return { layer: Number(layer), component: `${word}s`, head: Number(head), pair };
}

/**
 * Reads a pair of segments, `query>passage`: the attending one, and the one attended to.
 *
 * @throws {SyntaxError} where a segment has no such name.
 */
export function parseSegmentPair(text: string): Pick<HeadUnit, "from" | "to"> {
  const names = text.split(">");
  const found = names.map((name) => segmentNames.findIndex((one) => one === name));
  if (names.length === 2 && !found.includes(-1)) return { from: found[0], to: found[1] };
  throw new SyntaxError(
    `Cannot parse pair of segments ${JSON.stringify(text)}: expected two of ${
      segmentNames.join(", ")
    } with > between them, e.g. query>passage`,
  );
}
