package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.control.ControlClient;
import dev.hairpin.agent.control.Request;
import dev.hairpin.agent.control.Response;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;

/** {@code hairpin down}. */
@Command(
    name = "down",
    description = {
      "End the agent if one runs, close its ports, and take away everything it wrote: rules, chains,"
          + " settings.",
      "Publications are kept, and come back with the next agent."
    })
final class DownCommand extends AgentQuestion {
  /** An agent that has answered closes its sockets, and is gone. */
  private static final Duration ENDING = Duration.ofSeconds(20);

  @Override
  Request request() {
    return new Request.Stop(true);
  }

  @Override
  public Integer call() throws ConfigurationException, IOException {
    ControlClient client = directories().client();
    Optional<Response> status = client.askIfRunning(new Request.GetStatus());
    if (status.isEmpty()) {
      return show(LeftBehind.open(directories()).remove());
    }
    int exitCode = show(client.ask(request()));
    if (status.get() instanceof Response.Status agent) {
      awaitEnd(agent.pid());
    }
    return exitCode;
  }

  /** Another agent can't begin before this one is gone. */
  private static void awaitEnd(long agent) throws IOException {
    Optional<ProcessHandle> process = ProcessHandle.of(agent);
    if (process.isEmpty()) {
      return;
    }
    try {
      process.get().onExit().get(ENDING.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IOException(
          "end the agent: process " + agent + " is still there after " + ENDING.toSeconds() + " s",
          e);
    } catch (ExecutionException e) {
      throw new IOException("end the agent: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("end the agent: interrupted", e);
    }
  }

  @Override
  void print(Response answer, PrintWriter out) {
    DoneLines.print(answer, json(), out);
  }
}
