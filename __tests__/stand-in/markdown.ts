/** As much of GitHub's Markdown as our summaries use. What looks wrong here need not look wrong on GitHub. */

export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}

/** Tags that GitHub lets through; no attributes but `open`, since others could carry scripts. */
const TAG = /&lt;(\/?(?:details(?: open)?|summary|br|sub|sup|b|i|code|kbd)\s?\/?)&gt;/g

export function renderMarkdown(source: string): string {
  const html: string[] = []
  const lines = source.split(/\r?\n/)
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    const fence = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1]
    if (fence !== undefined) {
      const end = closingFence(lines, index + 1, fence)
      html.push(`<pre>${escapeHtml(lines.slice(index + 1, end).join('\n'))}</pre>`)
      index = end
    } else if (line.startsWith('|')) {
      const rows = block(lines, index, (row) => row.startsWith('|'))
      html.push(renderTableRows(rows))
      index += rows.length - 1
    } else if (/^\s*[-*] /.test(line)) {
      const items = block(lines, index, (item) => /^\s*[-*] /.test(item))
      html.push(
        `<ul>${items.map((item) => `<li>${inline(item.replace(/^\s*[-*] /, ''))}</li>`).join('')}</ul>`,
      )
      index += items.length - 1
    } else html.push(renderLine(line))
  }
  return html.join('\n')
}

function renderLine(line: string): string {
  const heading = /^(#{1,6}) (.*)/.exec(line)
  if (heading !== null) return `<h${heading[1]?.length}>${inline(heading[2] ?? '')}</h${heading[1]?.length}>`
  if (line.startsWith('> ')) return `<blockquote>${inline(line.slice(2))}</blockquote>`
  return line.trim() === '' ? '' : `<p>${inline(line)}</p>`
}

/** An unclosed fence reaches to the end. */
function closingFence(lines: readonly string[], from: number, fence: string): number {
  const end = lines.findIndex(
    (line, index) => index >= from && line.trim().startsWith(fence) && /^\s*(.)\1*\s*$/.test(line),
  )
  return end === -1 ? lines.length : end
}

function block(lines: readonly string[], from: number, belongs: (line: string) => boolean): string[] {
  const end = lines.findIndex((line, index) => index > from && !belongs(line))
  return lines.slice(from, end === -1 ? lines.length : end)
}

function renderTableRows(rows: readonly string[]): string {
  const cells = (row: string) =>
    row
      .replace(/^\||\|\s*$/g, '')
      .split(/(?<!\\)\|/)
      .map((cell) => inline(cell.replaceAll('\\|', '|').trim()))
  const body = rows.filter((row) => !/^[|\s:-]+$/.test(row))
  const html = body.map((row, index) => {
    const tag = index === 0 ? 'th' : 'td'
    return `<tr>${cells(row)
      .map((cell) => `<${tag}>${cell}</${tag}>`)
      .join('')}</tr>`
  })
  return `<table>${html.join('\n')}</table>`
}

/** Entities of HTML, such as `&nbsp;`; GitHub leaves them as they are. */
const ENTITY = /&amp;(#\d+|#x[\da-f]+|[a-z]\w*);/gi

/** Code, links, bold, entities and the tags that GitHub leaves. Code comes first: nothing within it is Markdown. */
function inline(text: string): string {
  const plain: string[] = []
  const keep = (html: string) => {
    plain.push(html)
    return `\u{e000}${plain.length - 1}\u{e001}`
  }
  const kept = text
    .replace(/(`+)(?!`)(.+?)(?<!`)\1(?!`)/g, (_, _ticks: string, code: string) =>
      keep(`<code>${escapeHtml(code.trim())}</code>`),
    )
    .replace(/\\([\\`*_{}[\]()#+.!|<>~-])/g, (_, character: string) => keep(escapeHtml(character)))
  return escapeHtml(kept)
    .replace(TAG, '<$1>')
    .replace(ENTITY, '&$1;')
    .replace(/\*\*(.+?)\*\*/g, '<b>$1</b>')
    .replace(/\[([^\]]*)\]\((https?:\/\/[^\s)]+)\)/g, '<a href="$2">$1</a>')
    .replace(/\u{e000}(\d+)\u{e001}/gu, (_, index: string) => plain[Number(index)] ?? '')
}
