package dev.hairpin.agent.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

class HelloServerTest {
  @Test
  void tellsWhoAsksWhereTheQuestionCameFrom() throws IOException, InterruptedException {
    HttpServer server = HelloServer.start(0);
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());

      assertThat(response.body()).isEqualTo("Hello container!\nyou came from 127.0.0.1\n");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void itsAnswerIsTakenApart() {
    assertThat(
            Visitor.read(
                "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nHello container!\nyou came from"
                    + " 192.0.2.2\n"))
        .isEqualTo(new Visit.Answer.Arrived("Hello container!", "192.0.2.2"));
  }

  @Test
  void anAnswerOfAnotherServerIsNotTakenForOurs() {
    assertThat(Visitor.read("HTTP/1.1 404 Not Found\r\n\r\n"))
        .isEqualTo(new Visit.Answer.Failed("another server answered"));
    assertThat(Visitor.read(""))
        .isEqualTo(new Visit.Answer.Failed("the connection ended without an answer"));
  }
}
