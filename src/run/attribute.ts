/** Errors that dbt prints without their node, given to the nodes that failed without a message. */
import { byNumber } from './by-number.ts'
import { failedNodes, isHookId, ownErrors } from './counts.ts'
import { currentInvocation, type Invocation, type Node, nodeOf, type Run } from './run.ts'
import { outcome, STARTED } from './status.ts'

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
  describeHook(run, invocation)
  failRefused(run, invocation)
  const [error] = invocation.errors
  if (error === undefined) return
  const name = /^Compilation Error in operation (\S{1,300}) \(/m.exec(error)?.[1]
  const byName = [...run.graph.keys(), ...run.nodes.keys()].find(
    (id) => isHookId(id) && id.endsWith(`.${name}`),
  )
  const id = name === undefined ? invocation.openHook : byName
  const node = id && nodeOf(run, id)
  if (!node || outcome(node.status) !== undefined) return
  node.status = 'error'
  node.message ||= error
}

/** When the macro of `dbt run-operation` fails, v2 names neither it nor a node. */
export function failOperation(run: Run): void {
  const invocation = currentInvocation(run)
  if (invocation?.engine !== 'v2' || invocation.exitCode !== 1) return
  const { words } = invocation.command
  const name = words[words.indexOf('run-operation') + 1] ?? ''
  const [error, ...others] = ownErrors(run)
  if (!words.includes('run-operation') || !/^[\w.]+$/.test(name) || error === undefined) return
  // An error that names it is about the name: there is no such macro.
  if (others.length > 0 || failedNodes(run).length > 0 || error.includes(name)) return
  Object.assign(nodeOf(run, name.split('.').at(-1) ?? name), { status: 'error', message: error })
}

/**
 * Core 1.8 goes on after a hook that fails, and says at the end which of the two kinds failed, and why. The rest of
 * them did not run: it is the one that was named last, else the first that has not ended.
 */
function failRefused(run: Run, { refusedHooks, errors }: Invocation): void {
  for (const error of errors) {
    const when = HOOKS_FAILED.exec(error)?.[1]
    if (when === undefined) continue
    const isOne = (id: string) => isHookId(id) && id.includes(`-${when}-`)
    const known = [...run.nodes.keys(), ...run.graph.keys()].filter(isOne)
    const ends = new Map(known.map((id) => [id, outcome(run.nodes.get(id)?.status ?? STARTED)]))
    if ([...ends.values()].includes('failed')) continue
    const waiting = known.filter((id) => ends.get(id) === undefined)
    const id = refusedHooks.find(isOne) ?? waiting.sort(byNumber)[0]
    if (id !== undefined) Object.assign(nodeOf(run, id), { status: 'error', message: error })
  }
}

/** dbt Core 1.8 on hooks of one kind. */
export const HOOKS_FAILED = /^(on-run-(?:start|end)) failed, error:/

/** Core 1.12 fails after a hook of on-run-start has failed, where the project has exposures, and has no result of it. */
function describeHook(run: Run, { hookError }: Invocation): void {
  const hook = run.nodes.get(hookError?.uniqueId ?? '')
  if (hook && hookError && outcome(hook.status) === 'failed') hook.message ||= hookError.message
}
