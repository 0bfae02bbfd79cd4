import { expect, onTestFinished, test } from 'vitest'
import { clientOf } from '../../src/github/client.ts'
import { type CommentOptions, pullRequestComment } from '../../src/reporters/comment.ts'
import type { Findings } from '../../src/reporters/evidence.ts'
import { begin } from '../../src/run/run.ts'
import { SUBJECT } from '../report/recorded.ts'
import { schedule } from '../stand-in/faults.ts'
import { type Options, startGitHub } from '../stand-in/github.ts'

const CAN_WRITE = { 'pull-requests': 'write' } as const

async function commentOn(options: Options) {
  const github = await startGitHub({ pulls: [{ number: 7, headSha: 'b'.repeat(40) }], ...options })
  onTestFinished(() => github.close())
  const notices: string[] = []
  const given: Partial<CommentOptions> = {
    client: clientOf('test-token', { apiUrl: github.url, owner: 'octo', repo: 'jaffle' }),
    pull: 7,
    runId: '1',
    subject: SUBJECT,
    findings: { ofFailures: async () => new Map() } as unknown as Findings,
    links: new Map(),
    notices: () => [],
    notice: (sentence) => notices.push(sentence),
    now: () => 0,
    sleep: () => ({ done: Promise.resolve(), wake: () => {} }),
  }
  const reporter = pullRequestComment(given as CommentOptions)
  await reporter.finish?.(begin(0), new Promise(() => {}))
  return { github, notices }
}

test('a bad moment of GitHub is waited for, and a lost answer makes no second comment', async () => {
  const fault = schedule([{ status: 502, effect: 'before' }, undefined, { status: 502, effect: 'after' }])
  const { github, notices } = await commentOn({ grants: CAN_WRITE, fault })
  expect(notices).toEqual([])
  expect(github.comments).toHaveLength(1)
})

test('permissions are named only where they are missing', async () => {
  const refused = await commentOn({ grants: { 'pull-requests': 'read' } })
  expect(refused.notices).toEqual([expect.stringContaining('permissions: pull-requests: write')])
  const down = await commentOn({ grants: CAN_WRITE, fault: () => ({ status: 502 }) })
  expect(down.notices).toEqual([expect.not.stringContaining('permissions')])
})
