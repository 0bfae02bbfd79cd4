/** Errors that dbt prints without their node, given to the nodes that failed without a message. */
import { currentInvocation, failedNodes, type Node, nodeOf, ownErrors, type Run } from './run.ts'
import { outcome } from './status.ts'

/**
 * An error belongs to a failed node whose unique_id it has, to a seed if it is about CSV, and to the only failed node
 * where it is the only error. A test that failed has rows instead of a message.
 */
export function attributeErrors(run: Run): void {
  const silent = () => failedNodes(run).filter(({ message, status }) => message === '' && status !== 'fail')
  const named = currentInvocation(run)?.errors ?? []
  for (const node of silent()) {
    node.message = named.find((error) => error.includes(node.uniqueId)) ?? ''
  }
  pair(
    silent().filter(({ resourceType }) => resourceType === 'seed'),
    ownErrors(run).filter((error) => /\bcsv error\b/i.test(error)),
  )
  pair(silent(), ownErrors(run))
}

function pair([node, ...otherNodes]: Node[], [error, ...otherErrors]: string[]): void {
  if (!node || error === undefined || otherNodes.length > 0 || otherErrors.length > 0) return
  node.message = error
}

/**
 * On dbt Core a hook that fails while it is rendered, by a query or an exception of its macro, has no result: dbt ends
 * with an error that names the hook, or none, where the last that was known of dbt is a query of the hook.
 */
export function failHook(run: Run): void {
  const invocation = currentInvocation(run)
  if (!invocation || invocation.exitCode === 0 || run.stoppedAt !== undefined) return
  const [error] = invocation.errors
  if (error === undefined) return
  const name = /^Compilation Error in operation (\S{1,300}) \(/m.exec(error)?.[1]
  const byName = [...run.graph.keys(), ...run.nodes.keys()].find(
    (id) => isHook(id) && id.endsWith(`.${name}`),
  )
  const id = name === undefined ? invocation.openHook : byName
  const node = id && nodeOf(run, id)
  if (!node || outcome(node.status) !== undefined) return
  node.status = 'error'
  node.message ||= error
}

function isHook(uniqueId: string): boolean {
  return uniqueId.startsWith('operation.')
}
