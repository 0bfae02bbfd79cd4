import { unretried } from '../run/retry.ts'
import type { Run } from '../run/run.ts'
import { plural } from './figures.ts'
import { titleName } from './names.ts'
import { sayTo } from './say.ts'
import type { Caller } from './subject.ts'

/** Why failed nodes were not run again although retries were left; empty where that is not so. */
export function retryNotice(run: Run, caller: Caller): string {
  const nodes = unretried(run)
  const [first] = nodes
  if (!first) return ''
  const subject =
    nodes.length === 1 ? `${titleName(run, first)} was` : `${plural(nodes.length, 'failed node')} were`
  return (
    `${subject} not retried: dbt puts the error down to the project's code, and a retry would give the same. ` +
    sayTo(caller)('retry-user-errors changes this.', '--retry-user-errors changes this.')
  )
}
