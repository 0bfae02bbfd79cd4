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

/** docs/benchmarks.md and the picture in it. */
export function documentOf(measured: Measured[]): { markdown: string; svg: string } {
  const charts = measured.flatMap(({ part, data }): Chart[] => (part.chart ? [part.chart(data)] : []))
  const sections = measured.map(({ part, machine, data }) => {
    const { date, commit, system, processor, memory, node, load } = machine
    const busy = load > BUSY ? ' **The machine was busy then.**' : ''
    return `## ${part.title}

${part.section(data)}

${date}, commit ${commit}; ${system}, ${processor}, ${memory}, Node ${node}, load ${load.toFixed(1)} per core when it began.${busy} \`script/bench ${part.name}\`
`
  })
  const picture = charts.length > 0 ? '![Wall time compared with plain dbt](benchmarks.svg)\n\n' : ''
  const markdown = `# Benchmarks

Written by \`script/bench\`, which measures in turns: in each round every command runs once, one after the other. Times depend on the machine; ratios of one round hardly do. \`script/bench --help\` lists the parts.

${picture}${sections.join('\n')}`
  return { markdown, svg: svgOf(charts) }
}
