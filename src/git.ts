import { existsSync, realpathSync } from 'node:fs'
import { relative } from 'node:path'
import { getExecOutput } from '@actions/exec'

/** A git checkout. */
export interface Checkout {
  /** Its root, without symbolic links; paths of annotations are relative to it. */
  root: string
  /** The commit that is checked out; empty where git does not say. */
  commit: string
}

/**
 * The checkout that a folder is in. Never rejects; both are empty where there is none.
 * @param folder may be missing; then the workspace is asked
 * @param workspace a repository around it is not the one that is meant
 */
export async function checkoutOf(folder: string, workspace?: string): Promise<Checkout> {
  const cwd = existsSync(folder) ? folder : (workspace ?? process.cwd())
  const options = { silent: true, ignoreReturnCode: true, cwd }
  // The checkout may belong to another user, in a container.
  const words = ['-c', 'safe.directory=*', 'rev-parse', '--show-toplevel', 'HEAD']
  const answer = await getExecOutput('git', words, options).catch(() => undefined)
  const [root = '', commit = ''] = answer?.stdout.trim().split(/\r?\n/) ?? []
  if (!existsSync(root)) return { root: '', commit: '' }
  const isAround = workspace !== undefined && relative(realpathSync(workspace), root).startsWith('..')
  if (isAround) return { root: '', commit: '' }
  // Before the first commit git prints HEAD as it is, and fails.
  return { root, commit: answer?.exitCode === 0 ? commit : '' }
}
