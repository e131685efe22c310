package dev.hairpin.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@code bin/hairpin} with JDKs that only say how they were started. */
class LauncherTest {
  /** The tests run in the agent's folder. */
  private static final Path LAUNCHER = Path.of("bin", "hairpin");

  /** Says which JDK it is and what it was given; a training run leaves an archive. */
  private static final String JAVA =
      """
      #!/bin/sh
      for argument in "$@"; do
        case $argument in
          -XX:AOTCacheOutput=* | -XX:ArchiveClassesAtExit=*) : >"${argument#*=}"; exit 0 ;;
        esac
      done
      printf '%s\\n' "$0" "$@"
      """;

  @TempDir private Path directory;
  private Path home;
  private Path jdks;

  @BeforeEach
  void installed() throws IOException {
    home = Files.createDirectories(directory.toRealPath().resolve("agent"));
    jdks = Files.createDirectories(directory.toRealPath().resolve("jvm"));
    Files.createDirectories(home.resolve("target/lib"));
    Files.createFile(home.resolve("target/hairpin-agent-0.1.0.jar"));
    Files.createDirectories(home.resolve("bin"));
    Files.copy(LAUNCHER, home.resolve("bin/hairpin"));
  }

  @Test
  void picksTheNewestJdk() throws IOException, InterruptedException {
    jdk("a-21", "21.0.2");
    jdk("b-25", "25");
    jdk("c-17", "17.0.15");
    jdk("d-8", "1.8.0_412");

    assertThat(run("--version").output()).startsWith(jdks + "/b-25/bin/java\n");
  }

  @Test
  void javaHomeComesFirstWhenItIsNewEnough() throws IOException, InterruptedException {
    jdk("newer", "25");
    Path chosen = jdk("older", "21.0.2");

    assertThat(run(Map.of("JAVA_HOME", chosen.toString()), "--version").output())
        .startsWith(chosen + "/bin/java\n");
  }

  @Test
  void javaHomeIsPassedOverWhenItIsTooOld() throws IOException, InterruptedException {
    jdk("newer", "25");
    Path tooOld = jdk("older", "17.0.15");

    assertThat(run(Map.of("JAVA_HOME", tooOld.toString()), "--version").output())
        .startsWith(jdks + "/newer/bin/java\n");
  }

  @Test
  void fallsBackToTheJavaOnPath() throws IOException, InterruptedException {
    Path elsewhere = Files.createDirectory(directory.toRealPath().resolve("opt"));
    Path jdk = jdk(elsewhere, "jdk-23", "23.0.1");
    Path links = Files.createDirectory(directory.resolve("links"));
    Files.createSymbolicLink(links.resolve("java"), jdk.resolve("bin/java"));

    assertThat(run(Map.of("PATH", links + ":/usr/bin:/bin"), "--version").output())
        .startsWith(jdk + "/bin/java\n");
  }

  @Test
  void saysWhatToInstallWhenAllAreTooOld() throws IOException, InterruptedException {
    Path old = jdk("java-17", "17.0.15");

    Result result = run(Map.of("PATH", "/nowhere", "JAVA_HOME", ""), "--version");

    assertThat(result.status()).isEqualTo(2);
    assertThat(result.output())
        .startsWith(
            "hairpin needs a JDK of 21 or newer; found 17 in " + old + "; install one, e.g. ")
        .contains("openjdk-21-jdk")
        .hasLineCount(1);
  }

  @Test
  void worksThroughALinkAndFromAnotherFolder() throws IOException, InterruptedException {
    jdk("jdk-21", "21.0.2");
    Path link = Files.createSymbolicLink(directory.resolve("hp"), home.resolve("bin/hairpin"));
    Path linkToLink =
        Files.createSymbolicLink(directory.resolve("hp2"), Path.of(link.getFileName().toString()));

    assertThat(run(linkToLink, Map.of(), List.of("ps", "a b")).output())
        .contains(
            "-Dhairpin.home=" + home,
            "\n-jar\n" + home + "/target/hairpin-agent-0.1.0.jar\nps\na b\n");
  }

  @Test
  void theArchiveOfClassesIsMadeOnceAndUsedAfterwards() throws IOException, InterruptedException {
    jdk("jdk-25", "25.0.3");

    assertThat(run("--version").output())
        .contains("-XX:AOTCache=" + home + "/target/fast-start/jdk-25");
    Object made = Files.getLastModifiedTime(home.resolve("target/fast-start/jdk-25"));
    run("--version");

    assertThat(Files.getLastModifiedTime(home.resolve("target/fast-start/jdk-25"))).isEqualTo(made);
  }

  @Test
  void aJdkWithoutAnAotCacheSharesClassData() throws IOException, InterruptedException {
    jdk("jdk-21", "21.0.2");

    assertThat(run("--version").output())
        .contains("-XX:SharedArchiveFile=" + home + "/target/fast-start/jdk-21")
        .doesNotContain("--sun-misc-unsafe-memory-access");
  }

  @Test
  void anUpgradedJdkGetsAnArchiveOfItsOwn() throws IOException, InterruptedException {
    Path jdk = jdk("jdk-25", "25.0.3");
    run("--version");
    String before = Files.readString(home.resolve("target/fast-start/jdk-25.key"));

    release(jdk, "25.0.4");
    run("--version");

    assertThat(Files.readString(home.resolve("target/fast-start/jdk-25.key")))
        .isNotEqualTo(before)
        .contains("25.0.4");
  }

  @Test
  void whatRelaysGetsABoundedHeapAndShortCommandsAFastCompiler()
      throws IOException, InterruptedException {
    jdk("jdk-25", "25.0.3");

    for (String command : List.of("agent", "proxy")) {
      assertThat(run(command, "--help").output())
          .contains("-Xmx256m")
          .doesNotContain("TieredStopAtLevel", "jnr.ffi.asm");
    }
    assertThat(run("--run-dir", "agent", "--help").output())
        .contains(
            "-XX:TieredStopAtLevel=1",
            "-XX:ReservedCodeCacheSize=240m",
            "-Djnr.ffi.asm.enabled=false")
        .doesNotContain("-Xmx256m");
  }

  @Test
  void aFolderWithoutAJarAndWithoutSourcesIsRefused() throws IOException, InterruptedException {
    jdk("jdk-25", "25.0.3");
    Files.delete(home.resolve("target/hairpin-agent-0.1.0.jar"));

    Result result = run("--version");

    assertThat(result.status()).isEqualTo(2);
    assertThat(result.output()).startsWith("hairpin is not complete: ").hasLineCount(1);
  }

  @Test
  void aCheckoutIsBuiltOnFirstUseOnlyOnceHoweverManyStart()
      throws IOException, InterruptedException {
    checkout("exit 0");

    Process first = start(home.resolve("bin/hairpin"), Map.of(), List.of("--version"));
    Process second = start(home.resolve("bin/hairpin"), Map.of(), List.of("--version"));
    Result one = finish(first);
    Result other = finish(second);

    assertThat(one.status()).isZero();
    assertThat(other.status()).isZero();
    assertThat(one.output() + other.output())
        .containsOnlyOnce("hairpin: first use: building with Maven")
        .contains("hairpin: building Hairpin rules (2/4)");
    assertThat(run("--version").output()).startsWith(jdks + "/jdk-25/bin/java\n");
    assertThat(home.resolve("builds")).hasContent("-pl agent -am package");
  }

  @Test
  void aChangedSourceIsBuiltAgain() throws IOException, InterruptedException {
    checkout("exit 0");
    run("--version");
    Path source = home.resolve("src/main/java/Hairpin.java");
    FileTime later = FileTime.from(Instant.now().plusSeconds(60));

    Files.setLastModifiedTime(Files.writeString(source, "class Hairpin {}"), later);

    assertThat(run("--version").output()).startsWith("hairpin: sources have changed; ");
  }

  @Test
  void aFailedBuildShowsWhatMavenSaidAndWhereTheRestIs() throws IOException, InterruptedException {
    checkout("echo '[ERROR] Hairpin.java:[1,1] class expected'; exit 1");

    Result result = run("--version");

    assertThat(result.status()).isEqualTo(2);
    assertThat(result.output())
        .contains("[ERROR] Hairpin.java:[1,1] class expected")
        .endsWith(
            "hairpin could not be built; all that Maven said is in "
                + home
                + "/target/build.log\n");
  }

  @Test
  void aRuntimeWithoutCompilerIsNotChosenForTheBuild() throws IOException, InterruptedException {
    checkout("exit 0");
    Files.delete(jdks.resolve("jdk-25/bin/javac"));

    Result result = run("--version");

    assertThat(result.status()).isEqualTo(2);
    assertThat(result.output())
        .startsWith(
            "hairpin needs a JDK of 21 or newer with javac to be built; found 25 in "
                + jdks
                + "/jdk-25 (no javac)");
  }

  @Test
  void whatNeedsRootIsRefusedWhereThereIsNoSudo() throws IOException, InterruptedException {
    Path tools = tool("id", "echo 1000").getParent();

    Result result = run(Map.of("PATH", tools.toString()), "lab", "down");

    assertThat(result)
        .isEqualTo(
            new Result(
                2,
                "hairpin lab needs root, and there is no sudo on this machine; run it as root\n"));
  }

  @Test
  void whatNeedsRootRunsItselfThroughSudo() throws IOException, InterruptedException {
    jdk("jdk-25", "25.0.3");
    tool("id", "echo 1000");
    Path tools = tool("sudo", "printf '%s\\n' \"$@\"").getParent();

    Result result =
        run(
            Map.of("PATH", tools + ":/usr/bin:/bin", "HAIRPIN_RUN_DIR", "/run/my hairpin"),
            "publish",
            "ns1",
            "80:80");

    assertThat(result.status()).isZero();
    assertThat(result.output())
        .startsWith("--\nenv\n")
        .contains("\nHAIRPIN_RUN_DIR=/run/my hairpin\n")
        .endsWith(home + "/bin/hairpin\npublish\nns1\n80:80\n");
  }

  @Test
  void helpNeedsNoRoot() throws IOException, InterruptedException {
    jdk("jdk-25", "25.0.3");
    Path tools = tool("id", "echo 1000").getParent();

    assertThat(run(Map.of("PATH", tools + ":/usr/bin:/bin"), "lab", "--help").output())
        .endsWith("\nlab\n--help\n");
  }

  @Test
  void learningHowALayoutLooksNeedsNoRoot() throws IOException, InterruptedException {
    jdk("jdk-25", "25.0.3");
    Path tools = tool("id", "echo 1000").getParent();

    assertThat(
            run(
                    Map.of("PATH", tools + ":/usr/bin:/bin"),
                    "rules",
                    "--explain",
                    "--layout",
                    "docker28")
                .output())
        .endsWith("\nrules\n--explain\n--layout\ndocker28\n");
  }

  /** A program of the tests' own, to be found before the system's. */
  private Path tool(String name, String script) throws IOException {
    Path tools = Files.createDirectories(directory.toRealPath().resolve("tools"));
    Path tool = Files.writeString(tools.resolve(name), "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
    return tool;
  }

  /**
   * Sources, a JDK and a Maven that makes the jar without looking at them.
   *
   * @param ending what Maven does last
   */
  private void checkout(String ending) throws IOException {
    Path javac = Files.createFile(jdk("jdk-25", "25.0.3").resolve("bin/javac"));
    Files.setPosixFilePermissions(javac, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.delete(home.resolve("target/hairpin-agent-0.1.0.jar"));
    for (String module : List.of("rules", "proxy", "agent")) {
      Files.createDirectories(home.resolveSibling(module).resolve("src/main/java"));
      Files.createFile(home.resolveSibling(module).resolve("pom.xml"));
    }
    Files.createFile(home.resolveSibling("pom.xml"));
    Path maven = Files.createDirectory(home.resolveSibling("maven")).resolve("mvn");
    Files.writeString(
        maven,
        """
        #!/bin/sh
        for argument in "$@"; do
          case $argument in -B | -D*) shift ;; esac
        done
        echo "$*" >>agent/builds
        echo '[INFO] Building Hairpin rules 0.1.0                                 [2/4]'
        sleep 0.3
        [ '%1$s' != 'exit 0' ] || : >agent/target/hairpin-agent-0.1.0.jar
        %1$s
        """
            .formatted(ending.replace("'", "\"")));
    Files.setPosixFilePermissions(maven, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private record Result(int status, String output) {}

  private Result run(String... arguments) throws IOException, InterruptedException {
    return run(Map.of(), arguments);
  }

  private Result run(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    return run(home.resolve("bin/hairpin"), environment, List.of(arguments));
  }

  private Result run(Path launcher, Map<String, String> environment, List<String> arguments)
      throws IOException, InterruptedException {
    return finish(start(launcher, environment, arguments));
  }

  private Process start(Path launcher, Map<String, String> environment, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("/bin/sh", launcher.toString()));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
    builder.environment().remove("JAVA_HOME");
    builder.environment().put("PATH", home.resolveSibling("maven") + ":/usr/bin:/bin");
    builder.environment().put("HAIRPIN_JVM_DIR", jdks.toString());
    builder.environment().putAll(environment);
    return builder.start();
  }

  private static Result finish(Process process) throws IOException, InterruptedException {
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Result(process.waitFor(), output);
  }

  private Path jdk(String folder, String version) throws IOException {
    return jdk(jdks, folder, version);
  }

  private static Path jdk(Path parent, String folder, String version) throws IOException {
    Path jdk = Files.createDirectories(parent.resolve(folder));
    Files.createDirectories(jdk.resolve("bin"));
    Path java = Files.writeString(jdk.resolve("bin/java"), JAVA);
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    release(jdk, version);
    return jdk;
  }

  private static void release(Path jdk, String version) throws IOException {
    Files.writeString(
        jdk.resolve("release"),
        "IMPLEMENTOR=\"Test\"\nJAVA_RUNTIME_VERSION=\"%1$s+1\"\nJAVA_VERSION=\"%1$s\"\n"
            .formatted(version));
  }
}
