package dev.hairpin.it.promises;

import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.Probe;
import dev.hairpin.it.world.World;
import dev.hairpin.rules.address.IpAddress;
import dev.hairpin.rules.address.Protocol;
import dev.hairpin.rules.promises.Promises;
import dev.hairpin.rules.promises.Question;
import dev.hairpin.rules.promises.Spot;
import dev.hairpin.rules.promises.Station;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Sends packets on a stage, and says what came of them in the words of the recordings. */
final class Asker {
  private final Stage stage;
  private final String cableOutside;

  Asker(Stage stage) {
    this.stage = stage;
    this.cableOutside = indexOfEth0(stage.place(Station.OUTSIDE));
  }

  /**
   * Asks all at once. One that is answered otherwise than expected is asked a second time before it
   * counts, as a second is short on a busy machine.
   */
  Map<Promises.Case, String> ask(List<Promises.Case> cases) {
    List<CompletableFuture<String>> first =
        cases.stream().map(each -> inBackground(() -> ask(each))).toList();
    List<CompletableFuture<String>> second = new ArrayList<>();
    for (int i = 0; i < cases.size(); i++) {
      Promises.Case each = cases.get(i);
      String answer = first.get(i).join();
      second.add(
          answer.equals(each.expected())
              ? CompletableFuture.completedFuture(answer)
              : inBackground(() -> ask(each)));
    }
    Map<Promises.Case, String> answers = new LinkedHashMap<>();
    for (int i = 0; i < cases.size(); i++) {
      answers.put(cases.get(i), second.get(i).join());
    }
    return answers;
  }

  private String ask(Promises.Case each) {
    Question question = each.question();
    IpAddress to = question.to().address(each.family());
    Probe probe = Probe.from(stage.place(question.from()));
    return switch (question.kind()) {
      case TCP -> probeFrom(question, probe).ask(Protocol.TCP, scoped(to), question.port());
      case UDP -> probeFrom(question, probe).ask(Protocol.UDP, scoped(to), question.port());
      case PING -> ping(question.from(), to);
    };
  }

  private Probe probeFrom(Question question, Probe probe) {
    if (question.from() == Station.LINK_LOCAL) {
      return probe.with(scoped(Station.LINK_LOCAL.spot().addresses().getFirst()));
    }
    // The neighbour gives its real address, or 127.0.0.1 would be its source as well.
    return question.from() == Station.OUTSIDE && question.to().equals(Spot.LOOPBACK)
        ? probe.with(World.OUTSIDE_4)
        : probe;
  }

  /** A link-local address means nothing without the link. */
  private String scoped(IpAddress address) {
    return address.inet().isLinkLocalAddress() ? address + "%" + cableOutside : address.toString();
  }

  private String ping(Station from, IpAddress to) {
    return stage
                .place(from)
                .command("busybox", "ping", "-c", "1", "-W", "1", to.toString())
                .attempt()
                .exit()
            == 0
        ? "open"
        : "timeout";
  }

  private static String indexOfEth0(Namespace namespace) {
    String line = namespace.command("ip", "-o", "link", "show", "eth0").run();
    return line.substring(0, line.indexOf(':'));
  }

  private static CompletableFuture<String> inBackground(Supplier<String> question) {
    CompletableFuture<String> answer = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            answer.complete(question.get());
          } catch (RuntimeException | Error e) {
            answer.completeExceptionally(e);
          }
        });
    return answer;
  }
}
