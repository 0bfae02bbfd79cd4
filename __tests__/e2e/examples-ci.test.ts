/**
 * The examples for other CI systems, run as scripts: what they would install is there already, dbt is a recorded run,
 * and what the CI system brings is a stand-in.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, join, resolve } from 'node:path'
import { json, text } from 'node:stream/consumers'
import { expect, type TestContext, test } from 'vitest'
import { parse } from 'yaml'
import { ROOT, workspaceWith } from './workspace.ts'

const CLI = join(resolve(process.env.DIST ?? join(ROOT, 'dist')), 'cli/index.js')
const read = (name: string) => readFileSync(join(ROOT, 'examples/ci', name), 'utf8')

/** The lines that the CI system gives to a shell. */
const SCRIPTS = {
  gitlab: parse(read('gitlab-ci.yml')).dbt.script,
  azure: parse(read('azure-pipelines.yml')).steps.flatMap((step: { script?: string }) => step.script ?? []),
  buildkite: parse(read('buildkite.yml')).steps[0].commands,
  bitbucket: parse(read('bitbucket-pipelines.yml')).pipelines.default[0].step.script,
  circleci: parse(read('circleci.yml')).jobs.dbt.steps.flatMap((step: { run?: string }) => step.run ?? []),
  jenkins: [...read('Jenkinsfile').matchAll(/^ +sh '(.*)'$/gm)].map(([, line = '']) => line),
  teamcity: /"""\n([\s\S]*)"""/.exec(read('teamcity.kts'))?.[1]?.trim().split(/\n +/) ?? [],
} satisfies Record<string, string[]>

/** A checkout whose root is the dbt project, and a PATH with what a container would have. */
function stageFor({ onTestFinished }: TestContext) {
  const workspace = workspaceWith('example', '.')
  onTestFinished(workspace.remove)
  const bin = join(workspace.temp, 'bin')
  mkdirSync(bin)
  const program = (name: string, script: string) =>
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  program('dbt-watcher', `exec '${process.execPath}' '${CLI}' "$@"`)
  program('pip', 'echo "pip $*"')
  program('python', `[ "$1 $2" = '-m venv' ] && mkdir -p "$3" && ln -s '${bin}' "$3/bin"`)
  program('buildkite-agent', `printf '%s\\n' "$@" >agent-words && cat >agent-body`)
  const path = [bin, join(ROOT, '__tests__/fake-dbt'), dirname(process.execPath), '/usr/bin', '/bin']
  const run = async (
    script: string[],
    env: Record<string, string>,
    scenario = 'core-build-example-broken',
  ) => {
    const child = spawn('bash', ['-ec', script.join('\n')], {
      cwd: workspace.folder,
      env: { PATH: path.join(':'), HOME: workspace.temp, FAKE_DBT_SCENARIO: scenario, CI: 'true', ...env },
    })
    const [log, errors, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ])
    return { code, log: log + errors }
  }
  const file = (name: string) => readFileSync(join(workspace.folder, name), 'utf8')
  return { ...workspace, run, file, has: (name: string) => existsSync(join(workspace.folder, name)) }
}

test('GitLab: sections, and links to the lines of what failed', async (context) => {
  const { run, file, folder } = stageFor(context)
  const url = 'https://gitlab.example.com/acme/shop'
  const { code, log } = await run(SCRIPTS.gitlab, {
    ...{ GITLAB_CI: 'true', CI_PROJECT_DIR: folder, CI_PROJECT_URL: url },
    ...{ CI_JOB_URL: `${url}/-/jobs/1`, CI_COMMIT_SHA: 'abc' },
  })
  expect(code, log).toBe(1)
  expect(log).toMatch(/section_start:\d+:dbt_watcher\r.\[0Kdbt build\n/)
  expect(log.indexOf('section_end')).toBeLessThan(log.indexOf('2 failed'))
  const { artifacts } = parse(read('gitlab-ci.yml')).dbt
  for (const name of [...artifacts.paths, ...Object.values<string>(artifacts.reports)])
    expect(file(name)).not.toBe('')
  const links = JSON.parse(file('gl-annotations.json'))['dbt-watcher']
  expect(links[0].external_link.url).toBe(`${url}/-/jobs/1/artifacts/file/dbt-watcher.html`)
  expect(links.map((link: { external_link: { url: string } }) => link.external_link.url)).toContainEqual(
    expect.stringMatching(/\/-\/blob\/abc\/models\/staging\/stg_repairs\.sql#L\d+$/),
  )
})

test('Azure: issues on their lines, the summary, a group', async (context) => {
  const { run, file, temp } = stageFor(context)
  const { code, log } = await run(SCRIPTS.azure, { TF_BUILD: 'True', AGENT_TEMPDIRECTORY: temp })
  expect(code, log).toBe(1)
  expect(log).toContain('##[group]dbt build\n')
  expect(log).toMatch(
    /^##vso\[task\.logissue type=error;sourcepath=models\/staging\/stg_repairs\.sql;linenumber=\d+;\]/m,
  )
  expect(log).toMatch(/^##vso\[task\.logissue type=warning;/m)
  const [, summary = ''] = /^##vso\[task\.uploadsummary\](.*)$/m.exec(log) ?? []
  expect(readFileSync(summary, 'utf8')).toContain('stg_repairs')
  for (const name of ['junit.xml', 'dbt-watcher.html']) expect(file(name)).not.toBe('')
})

test('Buildkite: an annotation for the step', async (context) => {
  const { run, file } = stageFor(context)
  const env = { BUILDKITE: 'true', BUILDKITE_STEP_KEY: 'dbt' }
  const { code, log } = await run(SCRIPTS.buildkite, env)
  expect(code, log).toBe(1)
  expect(file('agent-words')).toBe('annotate\n--style\nerror\n--context\ndbt-watcher dbt\n')
  expect(file('agent-body')).toContain('stg_repairs')
  expect(log).toMatch(/^--- dbt build\n[\s\S]*^\+\+\+ Result\n/m)
  const { code: green } = await run(SCRIPTS.buildkite, env, 'core-build-example')
  expect([green, file('agent-words')]).toEqual([0, expect.stringContaining('success')])
})

test('Buildkite: without an agent the result is the same, and a line says so', async (context) => {
  const { run } = stageFor(context)
  const script = ['rm "$(command -v buildkite-agent)"', ...SCRIPTS.buildkite]
  const { code, log } = await run(script, { BUILDKITE: 'true' }, 'core-build-example')
  expect(code, log).toBe(0)
  expect(log).toMatch(/Buildkite annotation.*ENOENT/)
})

test('TeamCity: build problems and the status text', async (context) => {
  const { run } = stageFor(context)
  const { code, log } = await run(SCRIPTS.teamcity, { TEAMCITY_VERSION: '2025.11' })
  expect(code, log).toBe(1)
  expect(log).toContain("##teamcity[blockOpened name='dbt build']")
  expect(log).toMatch(
    /^##teamcity\[buildProblem description='model stg_repairs: error\|nmodels\/staging\/stg_repairs/m,
  )
  expect(log).toMatch(/^##teamcity\[buildStatus text='\{build\.status\.text\}; .*2 failed/m)
})

test('Bitbucket: a report with its annotations, through the proxy of the step', async (context) => {
  const { run, has } = stageFor(context)
  const seen: { request: string; body: unknown }[] = []
  const proxy = createServer(async (request, response) => {
    const body = request.method === 'DELETE' ? undefined : await json(request)
    seen.push({ request: `${request.method} ${request.url}`, body })
    response.writeHead(request.method === 'DELETE' ? 404 : 200).end('{}')
  })
  proxy.listen(29418, 'localhost')
  await once(proxy, 'listening')
  context.onTestFinished(() => void proxy.close())
  const env = { BITBUCKET_BUILD_NUMBER: '7', BITBUCKET_REPO_FULL_NAME: 'acme/shop', BITBUCKET_COMMIT: 'abc' }
  const { code, log } = await run(SCRIPTS.bitbucket, env)
  expect(code, log).toBe(1)
  const report = 'http://api.bitbucket.org/2.0/repositories/acme/shop/commit/abc/reports/dbt-watcher'
  expect(seen).toEqual([
    { request: `DELETE ${report}`, body: undefined },
    { request: `PUT ${report}`, body: expect.objectContaining({ result: 'FAILED', report_type: 'TEST' }) },
    { request: `POST ${report}/annotations`, body: expect.any(Array) },
  ])
  expect(seen[2]?.body).toContainEqual(
    expect.objectContaining({ path: 'models/staging/stg_repairs.sql', severity: 'HIGH' }),
  )
  expect([has('test-results/junit.xml'), has('dbt-watcher.html')]).toEqual([true, true])
})

test('Bitbucket: without the proxy the result is the same, and a line says so', async (context) => {
  const { run } = stageFor(context)
  const env = { BITBUCKET_BUILD_NUMBER: '7', BITBUCKET_REPO_FULL_NAME: 'acme/shop', BITBUCKET_COMMIT: 'abc' }
  const { code, log } = await run(['dbt-watcher build'], env, 'core-build-example')
  expect(code, log).toBe(0)
  expect(log).toContain('no answer from localhost:29418')
})

test.for(['circleci', 'jenkins'] as const)('%s: the files that it reads', async (name, context) => {
  const { run, has } = stageFor(context)
  const { code, log } = await run(SCRIPTS[name], {})
  expect(code, log).toBe(1)
  expect(has(name === 'circleci' ? 'results/junit.xml' : 'junit.xml')).toBe(true)
  expect(has('dbt-watcher.html')).toBe(true)
  expect(log).not.toMatch(/##(vso|teamcity)?\[|::group/)
})

test('a run step of GitHub Actions: annotations, a group, the job summary', async (context) => {
  const { run, file } = stageFor(context)
  const { code, log } = await run(['dbt-watcher build'], {
    ...{ GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: 'summary.md' },
  })
  expect(code, log).toBe(1)
  expect(log).toMatch(/^::group::dbt build\n[\s\S]*^::endgroup::\n/m)
  expect(log).toMatch(
    /^::error title=model stg_repairs%3A error,file=models\/staging\/stg_repairs\.sql,line=\d+/m,
  )
  expect(file('summary.md')).toContain('stg_repairs')
})

test('shell scripts of the examples are what a shell can read', () => {
  for (const script of Object.values(SCRIPTS)) {
    expect(script.length).toBeGreaterThan(0)
    const { status, stderr } = spawnSync('bash', ['-n', '-c', script.join('\n')], { encoding: 'utf8' })
    expect(status, stderr).toBe(0)
  }
})

test('the log says which failures a retry would not mend', async (context) => {
  const { run } = stageFor(context)
  const { code, log } = await run(['dbt-watcher --retries 1 build'], {}, 'fusion-otel-build-example-broken')
  expect(code, log).toBe(1)
  expect(log).toMatch(/^model stg_repairs was not retried: .*retry-user-errors changes this\.$/m)
})
