/** Pull requests, issues, what people say there, and who they are. */
import { second } from './artifacts.ts'

/** GitHub's own words. https://docs.github.com/rest/pulls/pulls#get-a-pull-request */
export type Pull = {
  id: number
  number: number
  state: 'open' | 'closed'
  draft: boolean
  merged: boolean
  title: string
  html_url: string
  user: { login: string; type: string }
  head: { ref: string; sha: string; label: string; repo: Repo | null }
  base: { ref: string; sha: string; label: string; repo: Repo }
}
type Repo = { full_name: string; fork: boolean; owner: { login: string } }

export type GivenPull = {
  number?: number
  state?: 'open' | 'closed'
  draft?: boolean
  login?: string
  headRef?: string
  headSha?: string
  /** `owner/name`; null where the fork is gone. */
  headRepository?: string | null
  baseRef?: string
  baseSha?: string
}

export const REACTIONS = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes']

export type CommentRecord = {
  id: number
  /** Of the issue or pull request. */
  number: number
  body: string
  login: string
  createdAt: string
  updatedAt: string
  /** By whom and what. */
  reactions: { id: number; login: string; content: string }[]
}

/** `maintain` and `triage` are roles; `permission` says write and read for them. */
export type Role = 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none'

export type Discussions = ReturnType<typeof discussionsOf>

/** @param roles by login; who is not in it may read, as everybody in a public repository */
export function discussionsOf(repository: string, roles: Record<string, Role>) {
  const pulls: Pull[] = []
  const issues: number[] = []
  const comments: CommentRecord[] = []
  let lastId = 2_900_000_000

  function nextId(): number {
    lastId += 1
    return lastId
  }

  return {
    pulls,
    comments,
    roles,
    nextId,
    isPull: (number: number) => pulls.some((pull) => pull.number === number),
    isThere: (number: number) => issues.includes(number) || pulls.some((pull) => pull.number === number),
    find: (id: number) => comments.find((comment) => comment.id === id),

    addIssue(number: number): void {
      issues.push(number)
    },

    /** @returns the pull request, open, of a branch of this repository unless it is said otherwise */
    addPull(given: GivenPull = {}): Pull {
      const number = given.number ?? pulls.length + 1
      const { headRef = 'feature', headRepository = repository, baseRef = 'main' } = given
      const pull: Pull = {
        ...{ id: nextId(), number, state: given.state ?? 'open', draft: given.draft ?? false, merged: false },
        ...{ title: `Pull request ${number}`, html_url: `https://github.com/${repository}/pull/${number}` },
        user: { login: given.login ?? 'octocat', type: 'User' },
        head: {
          ...{ ref: headRef, sha: given.headSha ?? 'b'.repeat(40) },
          label: `${(headRepository ?? 'unknown').split('/')[0]}:${headRef}`,
          repo: headRepository === null ? null : repo(headRepository, headRepository !== repository),
        },
        base: {
          ...{ ref: baseRef, sha: given.baseSha ?? 'a'.repeat(40) },
          ...{ label: `${repository.split('/')[0]}:${baseRef}`, repo: repo(repository, false) },
        },
      }
      pulls.push(pull)
      return pull
    },

    addComment(number: number, body: string, login = 'octocat'): CommentRecord {
      const now = second(Date.now())
      const comment = { id: nextId(), number, body, login, createdAt: now, updatedAt: now, reactions: [] }
      comments.push(comment)
      return comment
    },

    react(comment: CommentRecord, content: string, login: string) {
      const reaction = { id: nextId(), login, content }
      comment.reactions.push(reaction)
      return reaction
    },
  }
}

function repo(full_name: string, fork: boolean): Repo {
  return { full_name, fork, owner: { login: full_name.split('/')[0] ?? '' } }
}
