// "Did you mean …?": the name that differs least from what was typed.

/** The nearest of `names` by edit distance, or null when none is nearer than a third of its length. */
export function nearest(typed: string, names: readonly string[]): string | null {
  const ranked = names
    .map(name => ({ name, edits: distance(typed, name) }))
    .filter(({ name, edits }) => edits <= Math.max(1, Math.floor(name.length / 3)))
    .sort((a, b) => a.edits - b.edits);
  return ranked[0]?.name ?? null;
}

/** Levenshtein distance; `typed` is cut, since the work grows with the product of the lengths. */
function distance(typed: string, name: string): number {
  const characters = [...typed.slice(0, 64)];
  let row = Array.from({ length: name.length + 1 }, (_, index) => index);
  for (const [index, character] of characters.entries()) {
    const next = [index + 1];
    for (const [column, expected] of [...name].entries()) {
      const replace = (row[column] ?? 0) + (character === expected ? 0 : 1);
      next.push(Math.min(replace, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[name.length] ?? 0;
}
