import { join } from 'node:path'
import type { Findings } from '../../src/reporters/evidence.ts'
import { page } from '../../src/reporters/page.ts'
import { recorded } from '../report/recorded.ts'

const REPOSITORY = join(import.meta.dirname, '../..')

/**
 * Writes the page of a recorded run of real dbt, `__tests__/scenarios/<name>`, as the Action would.
 * @param sqlOf stands for the files of compiled SQL, which are not recorded
 */
export async function writeRecorded(
  name: string,
  template: string,
  path: string,
  sqlOf = (_uniqueId: string) => '',
): Promise<void> {
  const { run, subject, evidence } = await recorded(name)
  const findings: Findings = {
    of: async ({ uniqueId }) => evidence.get(uniqueId) ?? { location: undefined, sql: '' },
    sqlOf: async ({ uniqueId }) => sqlOf(uniqueId),
    ofFailures: async () => new Map(evidence),
    problems: async () => [],
    warnings: async () => ({ placed: [], others: [] }),
  }
  const hide = (text: string) => text
  const where = { path, template, repository: REPOSITORY, links: new Map(), written: { path: '' } }
  await page({ ...where, subject, findings, hide, notices: [] }).finish?.(run, new Promise(() => {}))
}
