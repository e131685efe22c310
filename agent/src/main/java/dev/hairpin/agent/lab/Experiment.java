package dev.hairpin.agent.lab;

import static java.util.Objects.requireNonNull;

import com.sun.net.httpserver.HttpServer;
import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.netns.NetworkNamespace;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.apply.CommandException;
import dev.hairpin.rules.apply.CommandRunner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A lab that something is tried on. It begins with the lab's own agent, which puts right within a
 * tenth of a second what others change; so whoever wants to change something has {@linkplain
 * #leaveRulesAlone} the agent ended first. What is sent meanwhile meets the kernel's rules, which
 * an agent leaves, and proxies that run by themselves: the arrangement of dockerd, which writes
 * rules once and has a docker-proxy for each address. Not safe for several threads.
 */
public final class Experiment {
  /** The addresses that {@code -p 3000:3000} listens on. */
  private static final List<String> LISTENING = List.of("0.0.0.0", "::");

  private final Lab lab;
  private final LabFiles files;
  private final LabMaking making;
  private final LabRemains remains;
  private final CommandRunner commands;
  private LabRecord record;
  private Optional<LabSnapshot> before = Optional.empty();

  Experiment(
      Lab lab,
      LabFiles files,
      LabMaking making,
      LabRemains remains,
      CommandRunner commands,
      LabRecord record) {
    this.lab = requireNonNull(lab, "lab");
    this.files = requireNonNull(files, "files");
    this.making = requireNonNull(making, "making");
    this.remains = requireNonNull(remains, "remains");
    this.commands = requireNonNull(commands, "commands");
    this.record = requireNonNull(record, "record");
  }

  /** What the lab shows, as long as its own agent runs. */
  public Show show() throws ConfigurationException, IOException, InterruptedException {
    return lab.show();
  }

  /** Has the agent write its rules in another way, and end. Nobody listens on the port then. */
  public void leaveRulesAlone(List<String> options) throws IOException, InterruptedException {
    if (!options.isEmpty()) {
      runAgent(options);
    }
    endHost();
  }

  /** Replaces the agent by one with other options, and waits until it has written its rules. */
  public void runAgent(List<String> options) throws IOException, InterruptedException {
    endHost();
    LabProcess agent = making.startAgent(options);
    record = record.with(agent);
    files.write(record);
    making.awaitAgent(agent);
  }

  /** A process for each address that the port is published on. */
  public List<Proxy> startProxies() throws IOException, InterruptedException {
    List<Proxy> proxies = new ArrayList<>();
    for (String address : LISTENING) {
      LabProcess process = making.startProxy(address);
      record = record.with(process);
      files.write(record);
      proxies.add(new Proxy(process.pid(), making.proxyCommand(address)));
    }
    making.awaitProxy(record.processes().get(record.processes().size() - 2), "127.0.0.1");
    making.awaitProxy(record.processes().getLast(), "::1");
    return proxies;
  }

  /**
   * A userland proxy that runs by itself.
   *
   * @param command that starts it
   */
  public record Proxy(long pid, List<String> command) {
    public Proxy {
      command = List.copyOf(command);
    }
  }

  /** Asks the server that is known under an address, from a namespace of the lab. */
  public Reply ask(String namespace, IpAddress address) throws IOException, InterruptedException {
    return Reply.of(Visitor.ask(namespace, address));
  }

  /** Starts a web server on somebody else's machine. The caller stops it. */
  public HttpServer serveOutside() throws IOException, InterruptedException {
    return NetworkNamespace.of(LabNetwork.OUTSIDE).call(() -> HelloServer.start(LabNetwork.PORT));
  }

  /** Whether a namespace of the lab knows a way to an address. */
  public boolean knowsWay(String namespace, IpAddress address) throws IOException {
    try {
      return commands.run("ip", "-n", namespace, "route", "get", address.toString()).isSuccess();
    } catch (CommandException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** Runs a command in the lab's host. */
  public String inHost(List<String> argv) throws IOException {
    return LabCommands.run(host(), "", argv);
  }

  /** Where the agent of the lab keeps what it knows. */
  public Path agentRun() {
    return files.agentRun();
  }

  private CommandRunner host() {
    return commands.inNamespace(NetworkNamespace.of(LabNetwork.HOST).file());
  }

  private void endHost() throws IOException, InterruptedException {
    record = record.begunAgain();
    files.write(record);
    remains.endHost(record);
    record = record.withoutEnded();
    files.write(record);
    if (before.isEmpty()) {
      before = Optional.of(LabSnapshot.take(host(), files));
    }
  }

  /** Makes everything as it was. */
  void end() throws IOException, InterruptedException {
    if (record.complete()) {
      return;
    }
    remains.endHost(record);
    record = record.withoutEnded();
    // Who was interrupted before it was taken had changed nothing yet.
    if (before.isPresent()) {
      before.get().restore();
    }
    LabProcess agent = making.startAgent(List.of());
    record = record.with(agent);
    files.write(record);
    making.awaitAgent(agent);
    record = record.completed();
    files.write(record);
  }
}
