import { execFile } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { relative } from 'node:path'
import { getExecOutput } from '@actions/exec'

/** The checkout may belong to another user, in a container. */
const SAFE = ['-c', 'safe.directory=*']

/** Runs git. Never rejects: undefined where it failed. */
async function git(cwd: string, ...words: string[]): Promise<string | undefined> {
  const options = { silent: true, ignoreReturnCode: true, cwd }
  const answer = await getExecOutput('git', [...SAFE, ...words], options).catch(() => undefined)
  return answer?.exitCode === 0 ? answer.stdout.trim() : undefined
}

/**
 * The commit that a checkout of a pull request is to be compared with: the first parent of a merge commit, which is
 * what GitHub checks out, else where the branch left its base. So what others merged since is no change.
 * @param base a commit of the base branch; empty where it is not known
 */
export async function baseCommit(
  root: string,
  base: string,
): Promise<{ commit: string } | { missing: string; depth: number }> {
  const head = (await git(root, 'cat-file', 'commit', 'HEAD')) ?? ''
  // In a shallow clone git hides parents that it lacks; the commit itself has them.
  const parents = [...(head.split('\n\n')[0] ?? '').matchAll(/^parent ([0-9a-f]+)$/gm)].map(
    ([, id]) => id ?? '',
  )
  const [first = ''] = parents
  if (parents.length > 1) {
    if (await isThere(root, first)) return { commit: first }
    return { missing: 'the checkout lacks the first parent of the merge commit', depth: 2 }
  }
  const commit = base && (await isThere(root, base)) ? await git(root, 'merge-base', 'HEAD', base) : undefined
  return commit
    ? { commit }
    : { missing: 'the checkout lacks the commit where the branch left its base', depth: 0 }
}

async function isThere(root: string, commit: string): Promise<boolean> {
  return (await git(root, 'cat-file', '-e', `${commit}^{commit}`)) !== undefined
}

/** Checks a commit out in a further folder, which must not exist; false where that failed. Hooks do not run. */
export async function addWorktree(root: string, folder: string, commit: string): Promise<boolean> {
  const words = ['-c', 'core.hooksPath=/dev/null', 'worktree', 'add', '--detach', '--force', folder, commit]
  return (await git(root, ...words)) !== undefined
}

/** Never rejects. */
export async function removeWorktree(root: string, folder: string): Promise<void> {
  await git(root, 'worktree', 'remove', '--force', folder)
}

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
  const words = [...SAFE, 'rev-parse', '--show-toplevel', 'HEAD']
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
