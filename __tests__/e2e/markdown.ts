/**
 * What in a Markdown text could be more than text, outside of code: HTML but the tags that are ours, mentions,
 * links that do not lead to the repository, images. An empty list where all is well.
 */
export function bareText(markdown: string, repository: string): string[] {
  const text = withoutCode(markdown)
  const html = text
    .replace(/<span>\$<\/span>/g, '')
    .replace(/<details open>|<\/?(?:details|summary|table|tr|td|ul|li|code)>|<td align="right">/g, '')
    .match(/<[^>\s][^>]*>?/g)
  const links = [...text.matchAll(/\[[^\]]*\]\(([^)]*)\)/g)].flatMap(([whole, url = '']) =>
    url.startsWith(`https://github.com/${repository}/`) ? [] : [whole],
  )
  const urls = [...text.replace(/\]\([^)]*\)/g, ']').matchAll(/(?:https?:\/\/|www\.)\S+/g)].map(
    ([url]) => url,
  )
  const mentions = text.replace(/\]\([^)]*\)/g, ']').match(/(?<![\w`])@\w[\w-]*/g)
  const images = text.match(/!\[/g)
  return [...(html ?? []), ...links, ...urls, ...(mentions ?? []), ...(images ?? [])]
}

/** Without fenced blocks, `<code>` and code spans. https://spec.commonmark.org/0.31.2/#fenced-code-blocks */
function withoutCode(markdown: string): string {
  const kept: string[] = []
  let fence = ''
  for (const line of markdown.split('\n')) {
    const [, ticks = '', rest = ''] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? []
    const opens = fence === '' && ticks !== '' && !(ticks.startsWith('`') && rest.includes('`'))
    const closes = fence !== '' && ticks.startsWith(fence) && rest.trim() === ''
    if (opens) fence = ticks
    else if (closes) fence = ''
    else if (fence === '') kept.push(line)
  }
  if (fence !== '') kept.push('<a fence that does not end>')
  return kept
    .join('\n')
    .replace(/<code>[^<]*<\/code>/g, '')
    .replace(/(?<!`)(`+)(?!`)([\s\S]*?)(?<!`)\1(?!`)/g, '')
}
