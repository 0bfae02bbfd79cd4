/** What the commands did that ran no node. */
import { commandName } from '../dbt/command.ts'
import { commandLabel } from '../dbt/command-label.ts'
import { type Invocation, lastingInvocations, type Run } from '../run/run.ts'
import { code, fence } from './text.ts'

/** https://docs.getdbt.com/reference/dbt-commands */
const DEEDS: Record<string, string> = {
  clean: 'deleted the folders that `clean-targets` names',
  debug: 'checked the configuration and the connection',
  deps: 'installed the packages that the project declares',
  list: 'listed resources; the log has them',
  ls: 'listed resources; the log has them',
  parse: 'read the project and wrote `manifest.json`',
  retry: 'found nothing to run again',
}

/** A sentence for each command that succeeded without a node; empty where all had some, or dbt goes on. */
export function deedsText(run: Run): string {
  if (run.exitCode === undefined || run.stoppedAt !== undefined) return ''
  const ran = new Set(
    [...run.nodes.values()].flatMap(({ invocation, earlier }) => [
      invocation,
      ...earlier.map((result) => result.invocation),
    ]),
  )
  const without = lastingInvocations(run).filter((invocation) => {
    return invocation.exitCode === 0 && !ran.has(run.invocations.indexOf(invocation) + 1)
  })
  return [...new Set(without.map(deedText))].join('\n\n')
}

function deedText({ command: { words }, id, lastLines }: Invocation): string {
  const label = code(commandLabel(words))
  // `--version` and `--help` report nothing: all that they did is what they printed.
  if (id === '' && lastLines.length > 0)
    return `${label} ran no node. It printed:\n\n${fence(lastLines.join('\n'))}`
  const deed = DEEDS[commandName(words)]
  return deed ? `${label} ran no node: it ${deed}.` : `${label} ran no node.`
}
