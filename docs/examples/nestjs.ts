// NestJS on Express: a service with the hub, a controller with the stream, and an end without loss.
// Compile it with `experimentalDecorators`. Try it:
//   curl -N localhost:3000/events
import "reflect-metadata";
import type { Server } from "node:http";
import {
  Controller,
  Get,
  Inject,
  Injectable,
  Module,
  Next,
  type OnModuleDestroy,
  Post,
  Req,
  Res,
} from "@nestjs/common";
import { HttpAdapterHost, NestFactory } from "@nestjs/core";
import { createHub, hubStream } from "@sse/express";
import type { NextFunction, Request, RequestHandler, Response } from "express";

@Injectable()
class News implements OnModuleDestroy {
  readonly hub = createHub();
  readonly stream: RequestHandler = hubStream(this.hub, () => ({
    topics: ["news"],
    replay: { last: 10 },
  }));

  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  async onModuleDestroy(): Promise<void> {
    const server: Server = this.host.httpAdapter.getHttpServer();
    server.close(); // first: clients that return must reach another instance
    await this.hub.close({ drain: 1_000 });
  }
}

@Controller()
class NewsController {
  constructor(@Inject(News) private readonly news: News) {}

  @Get("events")
  events(@Req() request: Request, @Res() response: Response, @Next() next: NextFunction): void {
    this.news.stream(request, response, next);
  }

  @Post("news")
  async publish(): Promise<{ id: string }> {
    return { id: await this.news.hub.publish("news", { event: "title", data: "rain" }) };
  }
}

@Module({ providers: [News], controllers: [NewsController] })
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: false });
app.enableShutdownHooks(); // SIGTERM calls onModuleDestroy
await app.listen(Number(process.env["PORT"] ?? 3000));
