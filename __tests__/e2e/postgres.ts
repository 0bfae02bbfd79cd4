/** A PostgreSQL server of our own on loopback, in a temporary folder; never run as root, which it refuses. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ROOT } from './workspace.ts'

const found = spawnSync(join(ROOT, 'script/install-postgres'), { encoding: 'utf8' })
const bin = found.stdout?.trim().split('\n').at(-1) ?? ''

/** Why there is no server, in a sentence; empty where there is one. */
export const NO_POSTGRES = found.status === 0 ? '' : found.stderr.trim() || String(found.error)

export interface Postgres {
  /** As libpq and the example's profile read it. */
  env: Record<'PGHOST' | 'PGPORT' | 'PGUSER' | 'PGPASSWORD' | 'PGDATABASE', string>
  stop(): Promise<void>
}

/** @param password of its superuser, without which nobody can connect */
export async function startPostgres(password: string): Promise<Postgres> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'postgres-')))
  const owner = ownerOf()
  const secret = join(folder, 'password')
  writeFileSync(secret, `${password}\n`)
  if (owner) {
    chmodSync(folder, 0o755)
    for (const path of [folder, secret]) chownSync(path, owner.uid, owner.gid)
  }
  const data = join(folder, 'data')
  const own = { ...owner, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' } }
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'bikes', '-A', 'scram-sha-256', '--pwfile', secret, '-E', 'UTF8', '--no-sync'],
    { ...own, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'fsync=off']
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-p', `${port}`, ...settings.flatMap((setting) => ['-c', setting])],
    { ...own, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  await isReady(server)
  return {
    env: {
      PGHOST: '127.0.0.1',
      PGPORT: `${port}`,
      PGUSER: 'bikes',
      PGPASSWORD: password,
      PGDATABASE: 'postgres',
    },
    stop: async () => {
      const ended = server.exitCode === null ? once(server, 'exit') : undefined
      // Fast shutdown: https://www.postgresql.org/docs/current/server-shutdown.html
      server.kill('SIGINT')
      await ended
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** Of the server's programs: `15.14`. */
export function postgresVersion(): string {
  return /[\d.]+/.exec(execFileSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }))?.[0] ?? ''
}

/** Another user than root; undefined where this is none already. */
function ownerOf(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('there is no port')
  return address.port
}

/** @throws Error with what it said where it ends instead */
async function isReady(server: ChildProcess): Promise<void> {
  let said = ''
  server.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk).slice(-20_000)
  })
  while (!said.includes('ready to accept connections')) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended: ${said}`)
    await sleep(50)
  }
}
