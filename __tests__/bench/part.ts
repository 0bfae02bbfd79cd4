import type { Chart } from './chart.ts'

/** What of a measurement can be chosen on the command line. */
export interface Options {
  /** The least that shows whether a measurement works at all. */
  quick: boolean
  /** How often each command runs; fewer where it takes minutes. */
  runs: number
  threads: number[]
  /** Numbers of views; 0 for the example. */
  sizes: number[]
  /** How long a made-up dbt takes at least, in milliseconds. */
  takes: number
  /** For a person who waits. */
  note(text: string): void
}

/** One part of the benchmark, which can be measured again alone. */
export interface Part<Data = unknown> {
  name: string
  title: string
  /** @throws Error if something that was measured did not work, such as a dbt that failed */
  measure(options: Options): Promise<Data>
  /** Markdown for docs/benchmarks.md, without a heading. */
  section(data: Data): string
  chart?(data: Data): Chart
}

/** A table in Markdown; the first column is text, the others are numbers. */
export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  const rule = head.map((_, index) => (index === 0 ? '---' : '--:'))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}
