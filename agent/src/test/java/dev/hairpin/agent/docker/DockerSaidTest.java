package dev.hairpin.agent.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DockerSaidTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Wherever an engine shows what its user wrote. */
  private static final String TALKATIVE =
      """
      {"Id": "0123456789abcdef", "Name": "/web", "Created": "2026-11-20T22:42:58Z",
       "Path": "hunter2", "Args": ["hunter2"], "ResolvConfPath": "hunter2",
       "State": {"Status": "running", "Running": true, "Pid": 42, "Error": "", "ExitCode": 0,
                 "Health": {"Status": "healthy", "Log": [{"Output": "hunter2"}]}},
       "Mounts": [{"Source": "hunter2"}], "GraphDriver": {"Data": {"hunter2": "hunter2"}},
       "HostConfig": {"NetworkMode": "bridge", "Binds": ["/hunter2:/hunter2"], "Links": null,
                      "LogConfig": {"Config": {"token": "hunter2"}},
                      "PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "80",
                                                   "more": "hunter2"}]}},
       "Config": {"Env": ["PASSWORD=hunter2"], "Cmd": ["hunter2"], "Entrypoint": ["hunter2"],
                  "Image": "hunter2", "Healthcheck": {"Test": ["CMD", "hunter2"]},
                  "Hostname": "hunter2",
                  "ExposedPorts": {"80/tcp": {"hunter2": "hunter2"}},
                  "Labels": {"password": "hunter2", "hairpin.publish": "8080:80"}},
       "NetworkSettings": {"SandboxKey": "/var/run/docker/netns/0",
                           "Ports": {"80/tcp": null, "81/tcp": [{"HostIp": "0.0.0.0",
                                                                 "HostPort": "81"}]},
                           "Networks": {"bridge": {"NetworkID": "n", "IPAddress": "172.17.0.2",
                                                   "DriverOpts": {"x": "hunter2"},
                                                   "Aliases": ["hunter2"]}}}}
      """;

  private static final String NETWORK =
      """
      {"Name": "bridge", "Id": "n", "Driver": "bridge", "Created": "2026-11-20T22:42:58Z",
       "IPAM": {"Driver": "default", "Options": {"x": "hunter2"},
                "Config": [{"Subnet": "172.17.0.0/16", "Gateway": "172.17.0.1"}]},
       "Options": {"com.docker.network.bridge.default_bridge": "true", "x": "hunter2"},
       "Labels": {"x": "hunter2"}, "Containers": {"x": {"Name": "hunter2"}}}
      """;

  @TempDir private Path directory;

  @Test
  void nothingIsKeptThatMayBeASecret() throws Exception {
    DockerSaid said = said();

    assertThat(said.containers() + said.networks()).doesNotContain("hunter2");
  }

  @Test
  void allIsKeptThatRulesAreMadeOf() throws Exception {
    DockerSaid said = said();
    DockerInspection whole = inspection("[" + NETWORK + "]", "[" + TALKATIVE + "]");
    DockerInspection kept = inspection(said.networks(), said.containers());
    EngineVersion engine = new EngineVersion(28, 5);

    assertThat(kept.snapshot(engine, DaemonSettings.DEFAULTS))
        .isEqualTo(whole.snapshot(engine, DaemonSettings.DEFAULTS));
    assertThat(kept.containers()).isEqualTo(whole.containers());
    assertThat(JSON.readTree(said.containers()).at("/0/NetworkSettings/Ports").has("80/tcp"))
        .isTrue();
  }

  @Test
  void aRunningContainerHasAProcess() throws Exception {
    assertThat(said().running())
        .containsExactly(
            new DockerSaid.Running(
                InspectedContainer.publisher("0123456789abcdef", "/web"), 42, true));
  }

  @Test
  void whoHasNoPortsPublishesNothing() throws Exception {
    JsonNode quiet =
        JSON.readTree(
            """
            {"Id": "1", "Name": "/quiet", "State": {"Pid": 7}, "Config": {"Labels": {"a": "b"}},
             "HostConfig": {"PortBindings": {}}, "NetworkSettings": {"Ports": {"80/tcp": null}}}
            """);

    assertThat(
            DockerSaid.of("", List.of(), List.of(JsonValue.of("docker inspect", quiet))).running())
        .containsExactly(
            new DockerSaid.Running(InspectedContainer.publisher("1", "quiet"), 7, false));
  }

  @Test
  void anEngineIsAskedForEverything() throws Exception {
    Path socket = directory.resolve("docker.sock");
    try (FakeDockerd dockerd = FakeDockerd.at(socket)) {
      dockerd.addNetwork(JSON.readTree(NETWORK));
      dockerd.run(JSON.readTree(TALKATIVE));

      DockerSaid said = DockerSaid.ask(new DockerHost(socket));

      assertThat(JSON.readTree(said.containers())).isEqualTo(JSON.readTree(said().containers()));
      assertThat(JSON.readTree(said.networks())).isEqualTo(JSON.readTree(said().networks()));
      assertThat(said.version()).isEqualTo("20.10.24");
      assertThat(dockerd.requests()).filteredOn(path -> path.endsWith("/version")).hasSize(1);
    }
  }

  @Test
  void ofTheDaemonsFileOnlyWhatDecidesOnRulesIsKept() {
    assertThat(
            DockerText.keptOfDaemonJson(
                "{\"proxies\": {\"http-proxy\": \"http://u:hunter2@p\"}, \"icc\": false}"))
        .contains("icc")
        .doesNotContain("hunter2");
  }

  @Test
  void ofTheDaemonsFlagsOnlyThoseThatDecideOnRulesAreKept() {
    assertThat(
            DaemonFlags.kept(
                List.of(
                    "/usr/bin/dockerd",
                    "--log-opt",
                    "token=hunter2",
                    "--userland-proxy=false",
                    "--experimental",
                    "--firewall-backend",
                    "nftables",
                    "-b",
                    "br0",
                    "--label=hunter2")))
        .containsExactly(
            "--userland-proxy=false",
            "--experimental=true",
            "--firewall-backend=nftables",
            "--bridge=br0");
  }

  private static DockerSaid said() throws IOException {
    return DockerSaid.of(
        "28.5.2",
        List.of(JsonValue.of("docker network inspect", JSON.readTree(NETWORK))),
        List.of(JsonValue.of("docker inspect", JSON.readTree(TALKATIVE))));
  }

  private static DockerInspection inspection(String networks, String containers) {
    return DockerText.inspection(
        networks, containers, Optional.empty(), Optional.empty(), missing -> {});
  }
}
