/** Bars beside a line at 1: what takes less than the base ends before the line. */
export interface Chart {
  title: string
  rows: { label: string; bars: Bar[] }[]
}

export interface Bar {
  label: string
  /** 1 for as much as the base. */
  ratio: number
  ours: boolean
}

const WIDTH = 760
const LEFT = 200
const RIGHT = 150
const BAR = 14
const GAP = 12

/** An SVG with a background of its own, so that it can be read on a dark page too. */
export function svgOf(charts: Chart[]): string {
  const greatest = Math.max(
    1,
    ...charts.flatMap(({ rows }) => rows.flatMap(({ bars }) => bars.map((bar) => bar.ratio))),
  )
  const x = (ratio: number) => LEFT + (ratio / greatest) * (WIDTH - LEFT - RIGHT)
  const parts: string[] = []
  let y = 10
  for (const chart of charts) {
    y += 20
    parts.push(text(10, y, chart.title, 'class="title"'))
    y += GAP
    const top = y
    for (const row of chart.rows) {
      parts.push(text(LEFT - 10, y + (row.bars.length * BAR) / 2 + 4, row.label, 'text-anchor="end"'))
      for (const bar of row.bars) {
        const width = Math.max(0, x(bar.ratio) - LEFT)
        parts.push(
          `<rect x="${LEFT}" y="${y}" width="${fixed(width)}" height="${BAR - 2}" class="${bar.ours ? 'ours' : 'other'}"/>`,
          text(
            Number(fixed(LEFT + width + 6)),
            y + BAR - 4,
            `${bar.ratio.toFixed(2)} ${bar.label}`,
            'class="value"',
          ),
        )
        y += BAR
      }
      y += GAP
    }
    parts.push(`<line x1="${fixed(x(1))}" x2="${fixed(x(1))}" y1="${top - 6}" y2="${y - 4}" class="one"/>`)
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 10}" role="img" aria-label="Wall time compared with plain dbt">
<style>
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.value { fill: #59636e }
.ours { fill: #0969da }
.other { fill: #afb8c1 }
.one { stroke: #1f2328; stroke-dasharray: 3 3 }
</style>
<rect width="${WIDTH}" height="${y + 10}" fill="#ffffff"/>
${parts.join('\n')}
</svg>
`
}

function text(x: number, y: number, content: string, attributes: string): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${x}" y="${y}" ${attributes}>${escaped}</text>`
}

function fixed(value: number): string {
  return value.toFixed(1)
}
