import { type Chart, svgOf } from './chart.ts'
import type { Machine } from './machine.ts'
import type { Part } from './part.ts'

/** What a part measured, and where. */
export interface Measured<Data = unknown> {
  part: Part<Data>
  machine: Machine
  data: Data
}

/** Load per core: with more, other programs may have taken a part of what was measured. */
const BUSY = 0.5

/**
 * docs/benchmarks.md and the picture in it.
 * @param parts all there are, in their order
 * @param before the document as it is: a part that was not measured on this machine keeps its section
 * @returns without a picture where a part that is drawn in it was not measured: the old one stays
 */
export function documentOf(
  parts: Part[],
  measured: Measured[],
  before = '',
): { markdown: string; svg?: string } {
  const kept = before.split(/^(?=## )/m)
  const sections = parts.flatMap((part) => {
    const own = measured.find((each) => each.part === part)
    if (own) return [sectionOf(own)]
    return kept.filter((section) => section.startsWith(`## ${part.title}\n`)).map((each) => each.trimEnd())
  })
  const markdown = `# Benchmarks

Written by \`script/bench\`, which measures in turns: in each round every command runs once, one after the other. Times depend on the machine; ratios of one round hardly do. \`script/bench --help\` lists the parts.

![Wall time compared with plain dbt](benchmarks.svg)

${sections.join('\n\n')}
`
  const drawn = parts.filter(({ chart }) => chart)
  const charts = measured.flatMap(({ part, data }): Chart[] => (part.chart ? [part.chart(data)] : []))
  return { markdown, ...(charts.length === drawn.length && { svg: svgOf(charts) }) }
}

function sectionOf({ part, machine, data }: Measured): string {
  const { date, commit, system, processor, memory, node, load } = machine
  const busy = load > BUSY ? ' **The machine was busy then.**' : ''
  return `## ${part.title}

${part.section(data)}

${date}, commit ${commit}; ${system}, ${processor}, ${memory}, Node ${node}, load ${load.toFixed(1)} per core when it began.${busy} \`script/bench ${part.name}\``
}
