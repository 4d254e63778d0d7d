// The interpreter: runs a recorded program on one worker of the team.
import { activate, activateBackward } from "./activation";
import { attention } from "./attention";
import { attentionBackward } from "./attention_backward";
import { attentionGeneral } from "./attention_general";
import { attentionGeneralBackward } from "./attention_general_backward";
import { attentionRelative } from "./attention_relative";
import { attentionRelativeBackward } from "./attention_relative_backward";
import { conductance } from "./conductance";
import { norm, normBackward } from "./group_norm";
import { maxSim, maxSimBackward } from "./max_sim";
import { meanRows, meanRowsBackward } from "./mean";
import { addNorm, addNormBackward, embed } from "./norm";
import { objective } from "./objective";
import { add, divide, tanh, tanhBackward, zeros } from "./pointwise";
import { product } from "./product";
import { rotate } from "./rotate";
import { addRows, mask, sumColumns, sumRows, takeRows } from "./rows";
import { similarity, similarityBackward } from "./similarity";
import { join, meet } from "./team";
import { termWeights, termWeightsBackward } from "./term_weights";

// @ts-ignore: decorator
@external("env", "now")
declare function now(): f64;

let words: usize = 0;

/** The i-th word of the current operation. */
@inline
function w(i: usize): i32 {
  return load<i32>(words + (i << 2));
}

/** The i-th word as an address. */
@inline
function p(i: usize): usize {
  return load<usize>(words + (i << 2));
}

/** The i-th word as a number. */
@inline
function f(i: usize): f32 {
  return load<f32>(words + (i << 2));
}

/**
 * Runs the words [program, end): an operation is its code (../program.ts), length, operands. Adds
 * the milliseconds of each to a number at `times` by its code, unless that is 0.
 */
export function run(
  program: usize, end: usize, control: usize, workers: i32, own: usize, times: usize,
): void {
  join(control, workers, own);
  for (words = program + 8; words < end + 8; words += <usize> load<i32>(words - 4) << 2) {
    const width = (<usize> w(6)) << 2;
    const start: f64 = times ? now() : 0;
    switch (load<i32>(words - 8)) {
      case 0: zeros(p(0), w(1)); break;
      case 1: {
        const epsilon = f(6);
        embed(p(0), p(1), p(2), p(3), p(4), p(5), epsilon, p(7), p(8), p(9), p(10), w(11), w(12));
        break;
      }
      case 2: {
        const half = w(11) != 0;
        product(p(0), p(1), p(2), p(3), 0, w(4), w(5), w(6), true, p(7), p(8), p(9), w(10), half);
        break;
      }
      case 3: {
        const half = w(8) != 0;
        product(p(0), p(1), p(2), p(3), width, w(4), w(5), w(6), false, p(7), 0, 0, 0, half);
        break;
      }
      case 4: tanh(p(0), p(1), w(2)); break;
      case 5: tanhBackward(p(0), p(1), p(2), w(3)); break;
      case 6: addNorm(p(0), p(1), p(2), p(3), p(4), f(5), w(6), w(7)); break;
      case 7: addNormBackward(p(0), p(1), p(2), p(3), p(4), f(5), w(6), w(7)); break;
      case 8: attention(p(0), p(1), p(2), p(3), p(4), p(5), w(6), w(7), w(8)); break;
      case 9: {
        const heads = w(12);
        attentionBackward(
          p(0), p(1), p(2), p(3), p(4), p(5), p(6), p(7), p(8), p(9), w(10), w(11), heads,
        );
        break;
      }
      case 10: takeRows(p(0), p(1), p(2), w(3), w(4), w(5)); break;
      case 11: addRows(p(0), p(1), p(2), w(3), w(4), w(5)); break;
      case 12: mask(p(0), p(1), p(2), w(3), w(4), w(5)); break;
      case 13: objective(p(0), p(1), p(2), p(3), w(4), w(5), w(6)); break;
      case 14: conductance(p(0), p(1), p(2), p(3), w(4), w(5), f(6), f(7)); break;
      case 15: sumRows(p(0), p(1), p(2), w(3), w(4), w(5) != 0); break;
      case 16: sumColumns(p(0), p(1), w(2), w(3)); break;
      case 17: norm(p(0), p(1), p(2), p(3), f(4), w(5), w(6), w(7) != 0); break;
      case 18: {
        normBackward(p(0), p(1), p(2), p(3), p(4), f(5), w(6), w(7), w(8) != 0);
        break;
      }
      case 19: add(p(0), p(1), p(2), w(3)); break;
      case 20: activate(p(0), p(1), p(2), w(3), w(4)); break;
      case 21: activateBackward(p(0), p(1), p(2), p(3), p(4), w(5), w(6)); break;
      case 22: rotate(p(0), p(1), p(2), p(3), w(4), w(5), w(6), w(7), w(8) != 0); break;
      case 23: meanRows(p(0), p(1), p(2), w(3), w(4), w(5)); break;
      case 24: meanRowsBackward(p(0), p(1), p(2), p(3), w(4), w(5), w(6)); break;
      case 25: {
        attentionGeneral(
          p(0), p(1), p(2), p(3), p(4), p(5), w(6), w(7), w(8), w(9), f(10), w(11) != 0, w(12),
          w(13) != 0, p(14), w(15),
        );
        break;
      }
      case 26: {
        attentionGeneralBackward(
          p(0), p(1), p(2), p(3), p(4), p(5), p(6), p(7), p(8), p(9), w(10), w(11), w(12), w(13),
          f(14), w(15) != 0, w(16), w(17) != 0, p(18), w(19),
        );
        break;
      }
      case 27: {
        attentionRelative(
          p(0), p(1), p(2), p(3), p(4), p(5), w(6), w(7), w(8), f(9), w(10) != 0, p(11), p(12), p(13),
          w(14), w(15), p(16), p(17), w(18), p(19), p(20), w(21),
        );
        break;
      }
      case 28: {
        attentionRelativeBackward(
          p(0), p(1), p(2), p(3), p(4), p(5), p(6), p(7), p(8), p(9), w(10), w(11), w(12), f(13),
          w(14) != 0, p(15), p(16), p(17), w(18), w(19), p(20), p(21), w(22), p(23), p(24), w(25),
        );
        break;
      }
      case 29: similarity(p(0), p(1), w(2), w(3), w(4) != 0); break;
      case 30: similarityBackward(p(0), p(1), p(2), w(3), w(4), w(5) != 0); break;
      case 31: maxSim(p(0), p(1), p(2), p(3), p(4), w(5), w(6), w(7)); break;
      case 32: {
        maxSimBackward(p(0), p(1), p(2), p(3), p(4), p(5), w(6), w(7), w(8));
        break;
      }
      case 33: termWeights(p(0), p(1), p(2), p(3), w(4), w(5), w(6)); break;
      case 34: {
        termWeightsBackward(p(0), p(1), p(2), p(3), p(4), p(5), w(6), w(7), w(8));
        break;
      }
      case 35: divide(p(0), p(1), p(2), w(3)); break;
      default: unreachable();
    }
    if (!meet()) return;
    if (times) {
      const time = times + (load<usize>(words - 8) << 3);
      store<f64>(time, load<f64>(time) + now() - start);
    }
  }
}
