import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isMap, isScalar, isSeq, parseDocument } from 'yaml'

/** No workflow is larger: https://docs.github.com/en/actions/reference/limits */
const LARGEST = 1024 * 1024

/**
 * The names of the inputs of workflow_dispatch in a workflow's file; undefined where the file is not there or has no
 * such event.
 * @param repository the root of the checkout
 * @param workflow such as `.github/workflows/dbt.yml`; may be empty
 */
export function dispatchInputs(repository: string, workflow: string): string[] | undefined {
  if (workflow === '') return undefined
  try {
    const path = join(repository, workflow)
    if (statSync(path).size > LARGEST) return undefined
    const root = parseDocument(readFileSync(path, 'utf8'), { logLevel: 'silent' }).contents
    const on = isMap(root) ? root.get('on', true) : undefined
    const names = isSeq(on) ? on.items : [on]
    if (names.some((name) => isScalar(name) && name.value === 'workflow_dispatch')) return []
    if (!isMap(on) || !on.has('workflow_dispatch')) return undefined
    const dispatch = on.get('workflow_dispatch', true)
    const inputs = isMap(dispatch) ? dispatch.get('inputs', true) : undefined
    return isMap(inputs) ? inputs.items.map(({ key }) => (isScalar(key) ? String(key.value) : '')) : []
  } catch {
    return undefined
  }
}
