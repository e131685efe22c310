package dev.hairpin.agent.lab;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.hairpin.agent.netns.NetworkNamespace;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.apply.CommandException;
import dev.hairpin.rules.apply.CommandRunner;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Asks the server from everywhere, and reads the host's counters before and after each question.
 */
final class Visitor {
  /** A question that takes longer has been lost on the way. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** How long the last packets of a connection may take to be counted. */
  private static final Duration SETTLING = Duration.ofSeconds(1);

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(20);

  private final CommandRunner host;

  Visitor(CommandRunner commands) {
    requireNonNull(commands, "commands");
    host = commands.inNamespace(NetworkNamespace.of(LabNetwork.HOST).file());
  }

  /**
   * What came of all questions.
   *
   * @param counters as they stood at the end
   */
  record Round(List<Visit> visits, RuleCounters counters) {
    Round {
      visits = List.copyOf(visits);
    }
  }

  /** One question for each approach, one after the other. */
  Round visitAll() throws IOException, InterruptedException {
    List<Visit> visits = new ArrayList<>();
    RuleCounters before = settledCounters();
    for (Approach approach : Approach.values()) {
      Visit.Answer answer = ask(approach);
      RuleCounters after = settledCounters();
      visits.add(new Visit(approach, answer, after.usedSince(before)));
      before = after;
    }
    return new Round(visits, before);
  }

  /** Asks once. That nothing comes back is an answer too. */
  static Visit.Answer ask(Approach approach) throws IOException, InterruptedException {
    return ask(approach.namespace(), IpAddress.parse(approach.address()));
  }

  /** The same, of any namespace and address. */
  static Visit.Answer ask(String namespace, IpAddress address)
      throws IOException, InterruptedException {
    return NetworkNamespace.of(namespace)
        .call(() -> {
          try {
            return read(get(new InetSocketAddress(address.inet(), LabNetwork.PORT)));
          } catch (IOException e) {
            return answer(e);
          }
        });
  }

  /**
   * Plain HTTP over a socket of the calling thread: an HTTP client has threads of its own, which
   * are in another namespace.
   */
  private static String get(InetSocketAddress target) throws IOException {
    try (Socket socket = new Socket()) {
      int millis = Math.toIntExact(PATIENCE.toMillis());
      socket.connect(target, millis);
      socket.setSoTimeout(millis);
      String request = "GET / HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  /** Takes the greeting and the address out of a response. */
  static Visit.Answer read(String response) {
    int head = response.indexOf("\r\n\r\n");
    if (head < 0) {
      return new Visit.Answer.Failed("the connection ended without an answer");
    }
    List<String> body = response.substring(head + 4).lines().toList();
    if (body.size() < 2 || !body.get(1).startsWith(HelloServer.SEEN)) {
      return new Visit.Answer.Failed("another server answered");
    }
    return new Visit.Answer.Arrived(body.get(0), body.get(1).substring(HelloServer.SEEN.length()));
  }

  private static Visit.Answer answer(IOException e) {
    String text = e.getMessage() == null ? e.toString() : e.getMessage();
    return switch (text) {
      case "Connection refused" -> new Visit.Answer.Refused();
      case "Connect timed out", "Read timed out" -> new Visit.Answer.Silence(PATIENCE);
      default -> new Visit.Answer.Failed(text.toLowerCase(Locale.ROOT));
    };
  }

  /**
   * The counters once they stand still: the end of one connection must not be counted for the next.
   */
  private RuleCounters settledCounters() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + SETTLING.toNanos();
    RuleCounters seen = counters();
    while (true) {
      Thread.sleep(BETWEEN_LOOKS);
      RuleCounters again = counters();
      if (again.equals(seen) || System.nanoTime() > deadline) {
        return again;
      }
      seen = again;
    }
  }

  private RuleCounters counters() throws IOException {
    return RuleCounters.parse(Family.IPV4, save("iptables-save"))
        .and(RuleCounters.parse(Family.IPV6, save("ip6tables-save")));
  }

  private String save(String tool) throws IOException {
    try {
      CommandRunner.Finished finished = host.run(tool, "-c");
      if (!finished.isSuccess()) {
        throw new IOException(
            tool + " -c exited " + finished.exitStatus() + ": " + finished.firstError());
      }
      return finished.output();
    } catch (CommandException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
