// Finds and runs the buf compiler. npm installs it as a package per platform, which works without running install scripts.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const ARCHITECTURES = { arm: 'armv7', arm64: process.platform === 'linux' ? 'aarch64' : 'arm64', x64: 'x64' };
const IMAGE_BYTES_MAX = 64 * 1024 * 1024;

function platformPackage() {
  return `@bufbuild/buf-${process.platform}-${ARCHITECTURES[process.arch] ?? process.arch}`;
}

function bufPath() {
  const name = platformPackage();
  try {
    const executable = process.platform === 'win32' ? 'buf.exe' : 'buf';
    return join(dirname(require.resolve(`${name}/package.json`)), 'bin', executable);
  } catch (cause) {
    throw new Error(`the protobuf compiler for this platform (npm package ${name}) is not installed`, { cause });
  }
}

/** The version of the compiler that is installed. */
export function bufVersion() {
  return require(`${platformPackage()}/package.json`).version;
}

/** Compiles every .proto file in the folder and returns the descriptor image as an object. */
export function buildImage(folder) {
  const output = execFileSync(bufPath(), ['build', '--output', '-#format=json'], {
    cwd: folder,
    maxBuffer: IMAGE_BYTES_MAX,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output.toString('utf8'));
}
