import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './workspace.ts'

/** A real dbt, as script/install-dbt installs it. */
export interface TestEngine {
  /** Its folder in .cache/dbt. */
  name: string
  /** The program. */
  dbt: string
  /** Whether its tests are left out: it is not installed here, and this is not the gate. */
  skipped: boolean
}

/** The newest Core, the oldest that is supported, and a v2. */
const FEW = ['core-1.12', 'core-1.8', 'fusion']
const ALL = ['core-1.12', 'core', 'core-1.10', 'core-1.8', 'fusion', 'v2-oss', 'v2-renamed']

/** The engines to test with: a few, or with ALL=1 (`script/test --all`) all of them. */
export function testEngines(): TestEngine[] {
  return (process.env.ALL === '1' ? ALL : FEW).map((name) => {
    const dbt = join(ROOT, '.cache/dbt', name, 'bin/dbt')
    const missing = !existsSync(dbt)
    if (missing && !process.env.CI)
      console.log(`dbt ${name} is not installed (script/install-dbt): not tested`)
    return { name, dbt, skipped: missing && !process.env.CI }
  })
}
