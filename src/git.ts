import { execFile } from 'node:child_process'
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

/** How long git may take, in milliseconds; it only says what a person can see in the pull request. */
const PATIENCE = 5_000
/** A pull request with more files says nothing about one of them, in bytes of their names. */
const MOST_OUTPUT = 4 * 1024 * 1024

/**
 * The files that a pull request changes, relative to the root of the checkout; undefined where the history that was
 * fetched does not reach back so far. Never rejects.
 * @param root of the checkout
 * @param head the pull request's head
 * @param base the head of its base branch
 */
export async function changedFiles(
  root: string,
  head: string,
  base: string,
): Promise<ReadonlySet<string> | undefined> {
  const diff = (...revisions: string[]) => gitLines(root, ['diff', '--name-only', '-z', ...revisions])
  // actions/checkout checks out the merge commit by default, whose first parent is the base as merged.
  const parents = await gitLines(root, ['rev-parse', 'HEAD^1', 'HEAD^2'], '\n')
  if (parents?.[1] === head) {
    const files = await diff('HEAD^1', 'HEAD')
    return files && new Set(files)
  }
  const isCommit = (sha: string) => /^[0-9a-f]{40,64}$/.test(sha)
  const files = isCommit(base) && isCommit(head) ? await diff(`${base}...${head}`) : undefined
  return files && new Set(files)
}

/** What git prints, in parts; undefined where it fails or takes too long. */
async function gitLines(cwd: string, words: string[], separator = '\0'): Promise<string[] | undefined> {
  const options = { cwd, timeout: PATIENCE, maxBuffer: MOST_OUTPUT }
  return await new Promise((resolve) => {
    execFile('git', ['-c', 'safe.directory=*', ...words], options, (error, stdout) => {
      resolve(error ? undefined : stdout.split(separator).filter(Boolean))
    })
  })
}
