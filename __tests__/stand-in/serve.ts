/** The stand-in as a command, for script/demo and for workflows that are run with `act`. See USAGE. */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Aside, type GitHub, startGitHub } from './github.ts'
import { renderPage, renderTable } from './page.ts'

const USAGE = `node __tests__/stand-in/serve.ts [--port N] [--write-page FILE] [--repository OWNER/NAME]
  [--token TOKEN] [--permissions write|read] [--remaining N]

Prints {"url","graphqlUrl","repositoryId"} when it listens. GET / is a page of the check runs, GET
/_/check-runs, /_/requests and /_/violations are JSON, GET /_/table is text, POST /_/quit ends it, as SIGTERM does.
`

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'write-page': { type: 'string' },
    repository: { type: 'string', default: process.env.GITHUB_REPOSITORY ?? 'octo/jaffle' },
    token: { type: 'string', default: 'test-token' },
    permissions: { type: 'string', default: 'write' },
    remaining: { type: 'string', default: '1000' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  process.stdout.write(USAGE)
  process.exit(0)
}

const github = await startGitHub({
  port: Number(values.port),
  repository: values.repository,
  token: values.token,
  permissions: values.permissions === 'read' ? 'read' : 'write',
  remaining: Number(values.remaining),
  aside,
})
process.once('SIGTERM', end)
process.once('SIGINT', end)
const { url, graphqlUrl, repositoryId } = github
process.stdout.write(`${JSON.stringify({ url, graphqlUrl, repositoryId })}\n`)

function aside(
  method: string,
  path: string,
  { repository, requests, violations, checkRuns }: GitHub,
): Aside | undefined {
  const now = Date.now()
  const json = (value: unknown) => ({
    status: 200,
    type: 'application/json',
    body: JSON.stringify(value, null, 2),
  })
  switch (`${method} ${path}`) {
    case 'GET /':
      return {
        status: 200,
        type: 'text/html; charset=utf-8',
        body: renderPage(checkRuns(), { repository, now, refresh: 2 }),
      }
    case 'GET /_/table':
      return { status: 200, type: 'text/plain; charset=utf-8', body: renderTable(checkRuns(), now) }
    case 'GET /_/check-runs':
      return json(checkRuns())
    case 'GET /_/requests':
      return json(requests)
    case 'GET /_/violations':
      return json(violations)
    case 'POST /_/quit':
      // After the answer, which would be lost otherwise.
      setTimeout(end, 50)
      return json({})
    default:
      return undefined
  }
}

async function end(): Promise<void> {
  const page = renderPage(github.checkRuns(), { repository: github.repository, now: Date.now() })
  if (values['write-page'] !== undefined) writeFileSync(values['write-page'], page)
  await github.close()
}
