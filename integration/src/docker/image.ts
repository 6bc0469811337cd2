import { readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImageName } from 'testcontainers';
import { repositoryRoot } from '../repository.ts';
import { baseFiles } from './base-files.ts';
import type { Engine } from './engine.ts';
import { hashOf, layOut, type ImageFile } from './image-files.ts';
import { projectFiles } from './project-files.ts';

const imageLabel = 'org.mesos-ts.image';
/** An older image is of an earlier state of the project; a younger one may be in use by somebody at this moment. */
const keptSeconds = 3600;

/**
 * Builds the image of the project, or finds it: its tag is a hash of all it holds, so that it is built only when
 * something changed, and the part without the project hardly ever.
 *
 * @returns the image's name.
 */
export async function buildImage(engine: Engine): Promise<string> {
  const base = await build(engine, 'base', baseFiles(), 'time');
  return build(engine, 'project', projectFiles(), 'content', { BASE: base });
}

type Part = 'base' | 'project';

async function build(
  engine: Engine,
  part: Part,
  files: readonly ImageFile[],
  sign: 'content' | 'time',
  args: Readonly<Record<string, string>> = {},
): Promise<string> {
  const dockerfile = join(repositoryRoot, `integration/image/${part}.Dockerfile`);
  const hash = hashOf(files, sign, readFileSync(dockerfile, 'utf8'), JSON.stringify(args));
  const name = `mesos-ts-${part}:${hash}`;
  if (await engine.image.exists(ImageName.fromString(name))) return name;

  const context = await mkdtemp(join(tmpdir(), 'mesos-ts-image-'));
  try {
    await mkdir(join(context, 'rootfs'));
    await copyFile(dockerfile, join(context, 'Dockerfile'));
    await layOut(files, join(context, 'rootfs'));
    await buildContext(engine, context, { t: name, buildargs: args, labels: { [imageLabel]: part } });
  } finally {
    await rm(context, { recursive: true, force: true });
  }
  await removeOldImages(engine, part, name);
  return name;
}

interface BuildOptions {
  readonly t: string;
  readonly buildargs: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

async function buildContext(engine: Engine, context: string, options: BuildOptions): Promise<void> {
  const { dockerode } = engine.container;
  const progress = await dockerode.buildImage({ context, src: ['Dockerfile', 'rootfs'] }, { ...options });
  await new Promise<void>((resolve, reject) => {
    // The engine answers 200 before it starts; a failure is the last entry of its report.
    dockerode.modem.followProgress(progress, (error, report: readonly { error?: string }[] | null) => {
      const failure = error?.message ?? report?.find((entry) => entry.error !== undefined)?.error;
      if (failure === undefined) resolve();
      else reject(new Error(`Building the image ${options.t} failed: ${failure}`));
    });
  });
}

async function removeOldImages(engine: Engine, part: Part, current: string): Promise<void> {
  const { dockerode } = engine.container;
  const images = await dockerode.listImages({ filters: { label: [`${imageLabel}=${part}`] } });
  const built = images.find((image) => image.RepoTags?.includes(current))?.Created ?? 0;
  const old = images.filter((image) => image.Created < built - keptSeconds);
  // An image that a container still uses stays; it is removed some other time.
  await Promise.allSettled(old.map((image) => dockerode.getImage(image.Id).remove()));
}
