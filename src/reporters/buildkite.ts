import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { BUILDKITE_LIMIT, type BuildkiteAnnotation, buildkiteAnnotation } from '../report/ci/buildkite.ts'
import { summary } from '../report/summary.ts'
import { countNodes } from '../run/counts.ts'
import { verdict } from '../run/verdict.ts'
import type { CiOptions } from './ci.ts'
import type { Reporter } from './reporter.ts'

/** The summary as an annotation of the build, one for each step. */
export function buildkite({ env, subject, findings, notices }: CiOptions): Reporter {
  return {
    name: 'Buildkite annotation',
    finish: async (run) => {
      const input = {
        run,
        subject,
        evidence: await findings.ofFailures(),
        links: new Map(),
        notices: notices(),
      }
      const good = countNodes(run).warn > 0 ? 'warn' : 'success'
      const outcome = verdict(run, subject.failOn) === 'success' ? good : 'failed'
      const step = [env.BUILDKITE_STEP_KEY || env.BUILDKITE_STEP_ID, env.BUILDKITE_PARALLEL_JOB]
      const body = summary(input, BUILDKITE_LIMIT)
      await annotate(buildkiteAnnotation(subject.checkName, step.filter(Boolean).join(' '), outcome, body))
    },
  }
}

/** @throws Error where there is no agent, or it refuses */
async function annotate({ words: [program = '', ...words], body }: BuildkiteAnnotation): Promise<void> {
  const agent = spawn(program, words, { stdio: ['pipe', 'ignore', 'pipe'] })
  // An agent that ends before it has read all says why.
  agent.stdin.on('error', () => {})
  agent.stdin.end(body)
  const [[code], complaint] = await Promise.all([once(agent, 'close'), text(agent.stderr)])
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${complaint.trim().slice(-500)}`)
}
