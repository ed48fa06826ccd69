import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OwnProcess } from "./own-process.js";

/** The path in Debian's package. */
const nginxModule = "/usr/lib/nginx/modules/ngx_nchan_module.so";
/** Debian keeps servers in a folder that only root has on its PATH. */
const env = { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` };

/**
 * nginx in one process, which listens, serves and is measured. As many messages are kept as a tick
 * has, tenfold, so that none is evicted unsent.
 */
function configuration(port: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
    daemon off;
    master_process off;
    pid nginx.pid;
    load_module ${nginxModule};
    events { worker_connections 20480; }
    http {
      ${temporary.map((name) => `${name}_temp_path ${name};`).join(" ")}
      access_log off;
      keepalive_requests 1000000000;
      keepalive_timeout 1h;
      server {
        listen 127.0.0.1:${port} backlog=16384;
        location = /-/status { nchan_stub_status; }
        location ~ ^/-/publish/(.+)$ {
          nchan_publisher;
          nchan_channel_id $1;
          nchan_message_buffer_length 1000;
        }
        location ~ ^/(.+)$ {
          nchan_subscriber eventsource;
          nchan_channel_id $1;
          nchan_subscriber_first_message newest;
        }
      }
    }`;
}

/** nginx with the module nchan. */
export const nchanProcess: OwnProcess = {
  program: {
    program: "nginx",
    arguments: ({ port, folder }) => {
      const file = join(folder, "nginx.conf");
      writeFileSync(file, configuration(port));
      return ["-p", folder, "-c", file, "-e", "stderr"];
    },
  },
  needs: "nginx with nchan is not installed (on Debian: apt-get install libnginx-mod-nchan).",
  version: () => {
    if (!existsSync(nginxModule)) return undefined;
    const { stderr } = spawnSync("nginx", ["-v"], { env, encoding: "utf8" });
    return /nginx\/\S+/.exec(stderr)?.[0];
  },
};
