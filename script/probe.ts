/**
 * Asks the real GitHub what is not documented: what a request of 1, 10 and 20 aliased mutations costs, how many
 * creations a minute it bears, and what a new check run does to an old one of the same name. For a scratch
 * repository only, started by hand (.github/workflows/probe.yml). Prints a Markdown table for docs/.
 *
 * Needs GITHUB_TOKEN with checks: write, GITHUB_REPOSITORY, GITHUB_SHA.
 */
import { getOctokit } from '@actions/github'

const [owner = '', repo = ''] = (process.env.GITHUB_REPOSITORY ?? '').split('/')
const sha = process.env.GITHUB_SHA ?? ''
const octokit = getOctokit(process.env.GITHUB_TOKEN ?? '')
const repositoryId = (await octokit.rest.repos.get({ owner, repo })).data.node_id
const rows: string[] = []

interface Answer {
  data?: Record<string, { checkRun: { id: string } | null } | null>
  errors?: unknown[]
}

async function create(count: number, name: (i: number) => string) {
  const started = Date.now()
  const aliases = Array.from({ length: count }, (_, i) => `c${i}`)
  const head = aliases.map((alias) => `$${alias}: CreateCheckRunInput!`).join(', ')
  const body = aliases
    .map((alias) => `${alias}: createCheckRun(input: $${alias}) { checkRun { id } }`)
    .join('\n')
  const variables = Object.fromEntries(
    aliases.map((alias, i) => [
      alias,
      { repositoryId, headSha: sha, name: name(i), status: 'COMPLETED', conclusion: 'NEUTRAL' },
    ]),
  )
  const answer = await octokit.request('POST /graphql', {
    query: `mutation(${head}) {\n${body}\n}`,
    variables,
  })
  const { data, errors } = answer.data as Answer
  const made = Object.values(data ?? {}).filter((entry) => entry?.checkRun).length
  return { made, errors: errors?.length ?? 0, headers: answer.headers, ms: Date.now() - started }
}

async function cost(count: number): Promise<void> {
  const before = await create(1, () => 'probe / before')
  const after = await create(count, (i) => `probe / ${count} aliases ${i}`)
  const used = Number(after.headers['x-ratelimit-used']) - Number(before.headers['x-ratelimit-used'])
  rows.push(
    `| cost of ${count} aliases | ${used} points, ${after.ms} ms, ${after.made} made, ${after.errors} errors |`,
  )
}

/** Bounded: stops at the first refusal, and at 120 in any case. */
async function burst(): Promise<void> {
  const started = Date.now()
  let made = 0
  try {
    while (made < 120) {
      await octokit.rest.checks.create({
        owner,
        repo,
        head_sha: sha,
        name: `probe / burst ${made}`,
        status: 'completed',
        conclusion: 'neutral',
      })
      made++
    }
    rows.push(`| ${made} creations by REST in a row | all accepted, ${Date.now() - started} ms |`)
  } catch (error) {
    const { status, message } = error as { status?: number; message: string }
    rows.push(
      `| creations by REST in a row | ${status} after ${made} and ${Date.now() - started} ms: ${message} |`,
    )
  }
}

async function sameName(): Promise<void> {
  for (const conclusion of ['failure', 'success'] as const) {
    await octokit.rest.checks.create({
      owner,
      repo,
      head_sha: sha,
      name: 'probe / same name',
      status: 'completed',
      conclusion,
    })
  }
  const parameters = { owner, repo, ref: sha, check_name: 'probe / same name' }
  const latest = (await octokit.rest.checks.listForRef({ ...parameters, filter: 'latest' })).data.check_runs
  const all = (await octokit.rest.checks.listForRef({ ...parameters, filter: 'all' })).data.check_runs
  rows.push(
    `| two runs of one name | latest: ${latest.map((run) => run.conclusion)}; all: ${all.map((run) => run.conclusion)} |`,
  )
}

for (const count of [1, 10, 20]) await cost(count)
await sameName()
await burst()
console.log(['| question | answer |', '|---|---|', ...rows].join('\n'))
