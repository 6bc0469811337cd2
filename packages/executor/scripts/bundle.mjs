// Makes one file of the command executor and all that it imports: dist/mesos-executor.cjs. An executor is started for every command
// task, and loading its modules one by one takes about as long as everything else it does; a CommonJS file spares Node the loader of
// modules, too.
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));

await build({
  absWorkingDir: folder,
  entryPoints: ['dist/src/command-executor/main.js'],
  outfile: 'dist/mesos-executor.cjs',
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
  // msgpackr's native part would be one more file to load, for strings much longer than an executor ever sends.
  define: { 'process.env.MSGPACKR_NATIVE_ACCELERATION_DISABLED': '"true"' },
});
