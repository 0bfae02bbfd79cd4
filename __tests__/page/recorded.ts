import { join } from 'node:path'
import { readExcerpt } from '../../src/project/read-excerpt.ts'
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
  const hide = (text: string) => text
  const findings: Findings = {
    of: async ({ uniqueId }) => {
      const { location, sql } = evidence.get(uniqueId) ?? { location: undefined, sql: '' }
      const excerpt = location && (await readExcerpt(REPOSITORY, location, hide))
      return { location, sql, excerpt }
    },
    sqlOf: async ({ uniqueId }) => sqlOf(uniqueId),
    ofFailures: async () => new Map(evidence),
    problems: async () => [],
    warnings: async () => ({ placed: [], others: [] }),
  }
  const where = { path, template, links: new Map(), written: { path: '' } }
  const known = { subject, findings, notices: () => [], rows: new Map() }
  await page({ ...where, ...known }).finish?.(run, new Promise(() => {}))
}
