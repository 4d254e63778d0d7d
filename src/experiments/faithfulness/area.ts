/** Areas under curves of deletion and insertion. */

/** Area under straight lines between points, by ascending place. */
export function area(points: readonly (readonly [number, number])[]): number {
  return points.slice(1).reduce((sum, [x, y], i) => {
    const [before, value] = points[i];
    return sum + (x - before) * (y + value) / 2;
  }, 0);
}
