/** Servers that are not github.com: GitHub Enterprise Server behind a proxy, and Gitea, which has no check runs. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Server } from 'node:net'
import { join } from 'node:path'
import { describe, expect, type TestContext, test } from 'vitest'
import type { GitHub } from '../stand-in/github.ts'
import { runPost, SHA } from './action.ts'
import { conclusionsOf, stageFor } from './stage.ts'

const HOST = 'github.example.test'

/** A folder's certificate and key for HOST, which only NODE_EXTRA_CA_CERTS makes trusted. */
function certificate(folder: string) {
  const paths = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') }
  const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${HOST}`]
  const files = ['-addext', `subjectAltName=DNS:${HOST}`, '-keyout', paths.key, '-out', paths.cert]
  execFileSync('openssl', [...words, ...files], { stdio: 'ignore' })
  return { ...paths, tls: { key: readFileSync(paths.key), cert: readFileSync(paths.cert) } }
}

async function listen(server: Server, { onTestFinished }: TestContext): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** GitHub Enterprise Server's addresses, `/api/v3` and `/api/graphql`, with TLS, before the stand-in. */
function enterprise(github: GitHub, tls: object): Server {
  const { port } = new URL(github.url)
  return createTlsServer(tls, (incoming, response) => {
    const path = (incoming.url ?? '').replace(/^\/api\/(v3|(?=graphql))/, '').replace(/^(?!\/)/, '/')
    const { method, headers } = incoming
    const onward = request({ host: '127.0.0.1', port, method, headers, path }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    incoming.pipe(onward)
  })
}

/** A proxy that only tunnels, and only to HOST. */
function proxy(port: number, seen: string[]): Server {
  const server = createServer((_, response) => response.writeHead(405).end())
  server.on('connect', (incoming, socket) => {
    seen.push(incoming.url ?? '')
    if (incoming.url !== `${HOST}:443`) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    for (const end of [socket, onward]) end.on('error', () => onward.destroy())
  })
  return server
}

/** A workflow that can be started by hand to continue a run. */
function writeWorkflow(repository: string): void {
  const folder = join(repository, '.github/workflows')
  mkdirSync(folder, { recursive: true })
  const inputs = ['rerun-of', 'commit', 'select'].map((name) => `      ${name}:\n        type: string\n`)
  writeFileSync(join(folder, 'dbt.yml'), `on:\n  workflow_dispatch:\n    inputs:\n${inputs.join('')}`)
}

/** HOST before the stand-in, which only a proxy reaches. */
async function behindProxy(github: GitHub, folder: string, context: TestContext) {
  const { cert, tls } = certificate(folder)
  const seen: string[] = []
  const port = await listen(enterprise(github, tls), context)
  const proxyPort = await listen(proxy(port, seen), context)
  const env = { HTTPS_PROXY: `http://127.0.0.1:${proxyPort}`, NODE_EXTRA_CA_CERTS: cert }
  return { env, seen }
}

describe('GitHub Enterprise Server', () => {
  test('is reached through HTTPS_PROXY, with a certificate of its own', async (context) => {
    const stage = await stageFor('core-build-example-broken', context.onTestFinished)
    writeWorkflow(stage.workspace.folder)
    const { env, seen } = await behindProxy(stage.github, stage.workspace.temp, context)
    const { exitCode, summary } = await stage.run({
      env: {
        GITHUB_SERVER_URL: `https://${HOST}`,
        GITHUB_API_URL: `https://${HOST}/api/v3`,
        GITHUB_GRAPHQL_URL: `https://${HOST}/api/graphql`,
        GITHUB_WORKFLOW_REF: 'octo/jaffle/.github/workflows/dbt.yml@refs/heads/main',
        ...env,
      },
    })
    expect(exitCode).toBe(1)
    expect(new Set(seen)).toEqual(new Set([`${HOST}:443`]))
    const checks = conclusionsOf(stage.checks())
    expect(checks.rollup).toBe('failure')
    expect(Object.keys(checks).length).toBeGreaterThan(10)
    expect(summary).toContain(`https://${HOST}/`)
    expect(summary).toContain(`gh workflow run dbt.yml --repo ${HOST}/octo/jaffle`)
    // The stand-in's own addresses of check runs apart.
    expect(summary.replace(/https:\/\/github\.com\/octo\/jaffle\/runs\/\d+/g, '')).not.toContain('github.com')
    expect(stage.github.violations).toEqual([])
  })
})

describe('a self-hosted runner', () => {
  test('uploads its report through HTTPS_PROXY where nothing else reaches the service', async (context) => {
    const { workspace, github, run } = await stageFor('core-build-example', context.onTestFinished)
    const { env, seen } = await behindProxy(github, workspace.temp, context)
    const { log, summary } = await run({
      artifacts: true,
      // The storage, whose address the service gives, is on this machine.
      env: { ...env, ACTIONS_RESULTS_URL: `https://${HOST}/`, NO_PROXY: '127.0.0.1' },
    })
    const names = github.artifacts().map(({ name }) => name)
    expect(names, log).toContain('dbt-watcher-report-1.html')
    expect(names.length, log).toBe(2)
    expect(new Set(seen)).toEqual(new Set([`${HOST}:443`]))
    expect(summary).toContain('/artifacts/')
    expect(github.violations).toEqual([])
  })

  /** What an earlier job of the same scenario left in the workspace, all green. */
  async function leaveBehind(stage: Awaited<ReturnType<typeof stageFor>>) {
    const before = await stage.run({ env: { FAKE_DBT_SCENARIO: 'core-build-example' } })
    expect(before.exitCode, before.log).toBe(0)
  }

  test('results of an earlier job in the workspace are not taken for those of this one', async (context) => {
    const stage = await stageFor('core-build-example-broken', context.onTestFinished)
    await leaveBehind(stage)
    // It ends before it has written a file.
    const env = { FAKE_DBT_DIE_AT: 'model.bikes.stg_repairs' }
    const { outputs, summary } = await stage.run({ attempt: 2, env })
    expect(outputs.status).toBe('failure')
    expect(Number(outputs.cancelled)).toBeGreaterThan(0)
    expect(Number(outputs.success)).toBeLessThan(29)
    expect(summary).not.toContain('29 nodes succeeded')
    expect(conclusionsOf(stage.checks('dbt-watcher', 2)).rollup).not.toBe('success')
  })

  test('two steps of one job at the same time have their own checks, and one check-name is for one', async (context) => {
    const stage = await stageFor('core-build-example', context.onTestFinished)
    const one = stage.start({ id: 'one', inputs: { 'check-name': 'one' } })
    const two = stage.start({
      id: 'two',
      inputs: { 'check-name': 'two' },
    })
    const [first, second] = await Promise.all([one.done, two.done])
    expect([first.exitCode, second.exitCode], first.log + second.log).toEqual([0, 0])
    const checks = stage.checks('one')
    expect(conclusionsOf(checks)).toEqual(conclusionsOf(stage.checks('two')))
    expect(checks.size).toBeGreaterThan(10)
    // A third one takes a name that is in use.
    const third = await stage.run({ id: 'three', inputs: { 'check-name': 'two' } })
    expect(third.exitCode).toBe(1)
    expect(third.log).toContain('another step of this job')
  })
})

describe('Gitea and Forgejo', () => {
  const env = {
    GITEA_ACTIONS: 'true',
    GITHUB_SERVER_URL: 'https://git.example.test',
    GITHUB_WORKFLOW_REF: 'octo/jaffle/.gitea/workflows/dbt.yml@refs/heads/main',
  }

  test('without check runs, the result and what failed are commit statuses', async (context) => {
    const stage = await stageFor('core-build-example-broken', context.onTestFinished, { server: 'gitea' })
    const { github } = stage
    const { exitCode, summary, commands, log, state } = await stage.run({ env })
    expect(exitCode, log).toBe(1)
    const post = await runPost(stage.step({ env }), state)
    expect({ code: post.exitCode, commands: post.commands }).toEqual({ code: 0, commands: [] })
    expect(github.statuses.map(({ context, state }) => `${state} ${context}`)).toEqual([
      'failure dbt-watcher',
      'failure dbt-watcher / model stg_repairs',
      'failure dbt-watcher / test unique_rentals_rental_id',
    ])
    for (const { sha, targetUrl, description } of github.statuses) {
      expect(sha).toBe(SHA)
      expect(targetUrl).toMatch(/^https:\/\/git\.example\.test\/octo\/jaffle\/actions\/runs\//)
      expect(description).not.toBe('')
    }
    // One notice, the same in the summary; nothing else complains of the server.
    const about = commands.filter(
      ({ name, data }) => /notice|warning/.test(name) && /check runs|server/i.test(data),
    )
    expect(about.map(({ data }) => data)).toEqual([expect.stringContaining('commit statuses (3)')])
    expect(summary).toContain('commit statuses (3)')
    expect(summary).not.toContain('gh workflow run')
    expect(github.violations).toEqual([])
  })

  test('a status is corrected where the node succeeds later', async (context) => {
    const stage = await stageFor('core-build-example-broken', context.onTestFinished, { server: 'gitea' })
    await stage.run({ env })
    const { exitCode } = await stage.run({
      attempt: 2,
      env: { ...env, FAKE_DBT_SCENARIO: 'core-build-example' },
    })
    expect(exitCode).toBe(0)
    const latest = new Map(stage.github.statuses.map(({ context, state }) => [context, state]))
    expect(Object.fromEntries(latest)).toEqual({
      'dbt-watcher': 'success',
      'dbt-watcher / model stg_repairs': 'success',
      'dbt-watcher / test unique_rentals_rental_id': 'success',
    })
  })

  test('a token that may write neither changes nothing of the result', async (context) => {
    const stage = await stageFor('core-build-example', context.onTestFinished, {
      server: 'gitea',
      fault: ({ path }) => (path.includes('/statuses/') ? { status: 500 } : undefined),
    })
    const { exitCode, summary } = await stage.run({ env })
    expect(exitCode).toBe(0)
    expect(stage.github.statuses).toEqual([])
    expect(summary).toContain('No check runs')
  })
})
