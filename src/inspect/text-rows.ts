// How a report for people is laid out: a name and a value on a line, and what belongs to another line below it.

export function row(name: string, value: string): string {
  return `${name.padEnd(11)} ${value}`;
}

export function indent(lines: readonly string[]): string[] {
  return lines.map(line => `  ${line}`);
}
