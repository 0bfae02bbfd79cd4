/** The first lines of the summary: what it came to, of what, and what could not be shown. */
import { adapterOf, engineOf } from '../run/run.ts'
import { idleText, matchesNothing, verdict } from '../run/verdict.ts'
import { REPORT, ROLLUP } from './check-run.ts'
import { plural } from './figures.ts'
import { ICONS } from './icons.ts'
import { viewNotices } from './notices.ts'
import type { SummaryInput } from './summary.ts'
import { code, link, literal } from './text.ts'
import { newFailures, rollUpTitle } from './title.ts'

/** The verdict as a heading, the command, and the notices as a quote. */
export function heading(input: SummaryInput): string {
  const { run, subject } = input
  const notices = viewNotices(run, subject, input.notices)
  const result = verdict(run, subject.failOn)
  const idle = idleText(run) ? ICONS.skipped : ICONS.warn
  const good = matchesNothing(run) ? idle : ICONS.success
  const icon = { success: good, failure: ICONS.failed, cancelled: ICONS.cancelled }[result]
  return [
    `### ${icon} ${code(subject.checkName)}: ${literal(rollUpTitle(run, subject))}`,
    commandLine(input),
    notices.map((notice) => `> ${literal(notice).replaceAll('\n', ' ')}`).join('\n>\n'),
  ]
    .filter(Boolean)
    .join('\n\n')
}

/** The command, what ran it, and where there is more to see. */
export function commandLine({ run, subject, links }: SummaryInput): string {
  const { product, version } = engineOf(run)
  const { base } = subject
  const fresh = base && run.exitCode !== undefined ? newFailures(run, base).length : 0
  const [check, report] = [links.get(ROLLUP), links.get(REPORT)]
  return [
    code(subject.command, 500),
    version ? `${product} ${code(version)}` : '',
    adapterText(adapterOf(run)),
    subject.projectDir === '.' ? '' : code(subject.projectDir),
    base
      ? `${fresh > 0 ? `${plural(fresh, 'new failure')} since` : 'compared with'} ${link(base.label, base.url)}`
      : '',
    check ? `[check run](${check})` : '',
    report ? `[report with timeline and lineage](${report})` : '',
  ]
    .filter(Boolean)
    .join(' · ')
}

function adapterText(adapter: string): string {
  const [name = '', version = ''] = adapter.split(' ')
  return [literal(name), version && code(version)].filter(Boolean).join(' ')
}
