package dev.hairpin.it.doctor;

import dev.hairpin.agent.doctor.Asker;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.Probe;
import dev.hairpin.rules.address.Protocol;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;

/**
 * What somebody asks over the network.
 *
 * @param port 1-65535
 * @param sourcePort 0 for any
 */
record Question(
    Asker asker, Namespace from, Protocol protocol, String address, int port, int sourcePort) {
  /** On this machine an answer takes far less than a millisecond. */
  private static final Duration WHERE_NO_ANSWER_IS_EXPECTED = Duration.ofMillis(300);

  private static final Duration WHERE_ONE_IS = Duration.ofSeconds(2);

  /**
   * Asks all at once.
   *
   * @param isHopeless of which questions nobody expects an answer
   * @return what came back, in the words of {@link Probe}
   */
  static Map<Question, String> ask(Collection<Question> questions, Predicate<Question> isHopeless) {
    Map<Question, CompletableFuture<String>> asked = new LinkedHashMap<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Question each : questions) {
        Duration patience = isHopeless.test(each) ? WHERE_NO_ANSWER_IS_EXPECTED : WHERE_ONE_IS;
        asked.computeIfAbsent(
            each, any -> CompletableFuture.supplyAsync(() -> each.ask(patience), threads));
      }
    }
    Map<Question, String> answers = new LinkedHashMap<>();
    asked.forEach((question, answer) -> answers.put(question, answer.join()));
    return answers;
  }

  /** Whether that was an answer. */
  static boolean isAnswered(String answer) {
    return answer.startsWith("open ");
  }

  private String ask(Duration patience) {
    return Probe.from(from).withPort(sourcePort).within(patience).ask(protocol, address, port);
  }

  /** {@code outside asks 192.0.2.1:8080/tcp}. */
  @Override
  public String toString() {
    String host = address.contains(":") ? "[" + address + "]" : address;
    return asker + " asks " + host + ":" + port + "/" + protocol;
  }
}
