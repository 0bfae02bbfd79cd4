import type { CheckRunRecord } from './check-runs.ts'
import { escapeHtml, renderMarkdown } from './markdown.ts'
import type { Annotation } from './refusals.ts'

/** Icon and colour of a state, as GitHub shows them. */
const LOOKS: Record<string, { icon: string; color: string }> = {
  queued: { icon: '○', color: '#9a6700' },
  in_progress: { icon: '●', color: '#9a6700' },
  success: { icon: '✓', color: '#1a7f37' },
  failure: { icon: '✗', color: '#d1242f' },
  timed_out: { icon: '✗', color: '#d1242f' },
  action_required: { icon: '!', color: '#9a6700' },
  neutral: { icon: '■', color: '#59636e' },
  skipped: { icon: '⊘', color: '#59636e' },
  cancelled: { icon: '⊘', color: '#59636e' },
}

export type PageOptions = {
  repository: string
  /** Seconds after which the page loads itself again; never when left out. */
  refresh?: number
  /** Milliseconds since the epoch: what is still running lasts until then. */
  now: number
}

/** A page like GitHub's "Checks" tab: one file, no scripts, everything in it escaped. */
export function renderPage(
  runs: readonly CheckRunRecord[],
  { repository, refresh, now }: PageOptions,
): string {
  const reload = refresh === undefined ? '' : `<meta http-equiv="refresh" content="${refresh}">`
  const title = `Checks · ${escapeHtml(repository)}`
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${reload}
<title>${title}</title>
<style>${STYLE}</style></head>
<body>
<h1>${title}</h1>
<p>${escapeHtml(tally(runs))}</p>
${runs.map((run) => renderRun(run, now)).join('\n')}
</body>
</html>
`
}

/** "2 failure, 3 success, 1 in_progress", the most frequent first. */
function tally(runs: readonly CheckRunRecord[]): string {
  if (runs.length === 0) return 'No check runs.'
  const groups = Object.entries(Object.groupBy(runs, state))
  const counts = groups.map(([name, group]) => ({ name, count: group?.length ?? 0 }))
  return counts
    .toSorted((one, other) => other.count - one.count)
    .map(({ name, count }) => `${count} ${name}`)
    .join(', ')
}

function renderRun(run: CheckRunRecord, now: number): string {
  const { icon, color } = LOOKS[state(run)] ?? { icon: '?', color: '#59636e' }
  const { title, summary, text } = run.output
  const open = run.conclusion === 'failure' ? ' open' : ''
  return `<details${open} id="${run.databaseId}">
<summary><span style="color:${color}" title="${state(run)}">${icon}</span> <b>${escapeHtml(run.name)}</b>
<span class="title">${escapeHtml(title ?? '')}</span> <span class="time">${duration(run, now)}</span></summary>
<div class="output">
${renderMarkdown(summary ?? '')}
${renderMarkdown(text ?? '')}
${run.annotations.map(renderAnnotation).join('\n')}
<p class="meta">${escapeHtml(`${run.headSha.slice(0, 7)} · external_id ${run.externalId} · ${run.history.length} writes`)}</p>
</div>
</details>`
}

function renderAnnotation(annotation: Annotation): string {
  const { annotationLevel, title, message, rawDetails } = annotation
  const raw =
    rawDetails === null
      ? ''
      : `<details><summary>Raw output</summary><pre>${escapeHtml(rawDetails)}</pre></details>`
  return `<div class="annotation ${annotationLevel}">
<b>${escapeHtml(place(annotation))}</b> ${escapeHtml(title ?? '')}
<pre>${escapeHtml(message)}</pre>${raw}</div>`
}

/** `path:line`, `path:line:column` or `path:line-line`, as editors and GitHub read it. */
function place({ path, startLine, endLine, startColumn }: Annotation): string {
  if (startLine !== endLine) return `${path}:${startLine}-${endLine}`
  return startColumn === null ? `${path}:${startLine}` : `${path}:${startLine}:${startColumn}`
}

/** One line a check run, its annotations below it. Control characters are shown, not obeyed. */
export function renderTable(runs: readonly CheckRunRecord[], now: number): string {
  const width = Math.max(0, ...runs.map((run) => run.name.length))
  const lines = runs.flatMap((run) => {
    const { icon } = LOOKS[state(run)] ?? { icon: '?' }
    const columns = [
      icon,
      run.name.padEnd(width),
      state(run).padEnd('in_progress'.length),
      duration(run, now).padStart(7),
    ]
    const head = `${columns.join('  ')}  ${run.output.title ?? ''}`
    const below = run.annotations.map((annotation) => `   ${place(annotation)}: ${annotation.message}`)
    return [head, ...below].map((line) => visible(line).trimEnd())
  })
  return [...lines, tally(runs), ''].join('\n')
}

/** A line of a terminal: U+001B becomes its picture U+241B, a line feed U+240A. */
function visible(line: string): string {
  return line.replace(/\p{Cc}/gu, (character) => {
    const code = character.charCodeAt(0)
    return code < 32 ? String.fromCharCode(0x2400 + code) : '\u{fffd}'
  })
}

function state(run: CheckRunRecord): string {
  return run.conclusion ?? run.status
}

/** In seconds, which is what GitHub keeps. */
function duration({ status, startedAt, completedAt }: CheckRunRecord, now: number): string {
  if (startedAt === null || status === 'queued') return ''
  const end = completedAt === null ? now : Date.parse(completedAt)
  const seconds = Math.max(0, Math.round((end - Date.parse(startedAt)) / 1000))
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m ${seconds % 60}s`
}

const STYLE = `
body { font: 14px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1f2328 }
body > details { border: 1px solid #d1d9e0; border-radius: 6px; margin: 4px 0; padding: 6px 12px }
summary { cursor: pointer } .title, .time, .meta { color: #59636e } .time { float: right }
.output { border-top: 1px solid #d1d9e0; margin-top: 6px; padding-top: 6px; overflow-x: auto }
pre { background: #f6f8fa; padding: 8px; border-radius: 6px; overflow-x: auto; white-space: pre-wrap }
code { background: #f6f8fa } table { border-collapse: collapse } td, th { border: 1px solid #d1d9e0; padding: 2px 8px }
.annotation { border-left: 4px solid #59636e; padding-left: 8px; margin: 8px 0 }
.annotation.failure { border-color: #d1242f } .annotation.warning { border-color: #9a6700 }
`
