/** What the token may do beside check runs. */
import { forbidden } from './refusals.ts'

export type Grant = 'none' | 'read' | 'write'
/** In the words of a workflow's `permissions`.
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#permissions */
export type Grants = { actions: Grant; issues: Grant; 'pull-requests': Grant }

export const USUAL: Grants = { actions: 'read', issues: 'none', 'pull-requests': 'none' }

const RANK: readonly Grant[] = ['none', 'read', 'write']

/** As in a private repository: a public one would let everybody read.
 * @throws a refusal where the token has none of the permissions */
export function need(grants: Grants, names: keyof Grants | readonly (keyof Grants)[], least: Grant): void {
  const any = [names].flat().some((name) => RANK.indexOf(grants[name]) >= RANK.indexOf(least))
  if (!any) throw forbidden()
}
