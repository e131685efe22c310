package dev.hairpin.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.FileTrouble;
import dev.hairpin.rules.binding.UserText;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.TreeSet;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * A file with options of a command, so that a service need not have them on its command line: a
 * properties file (java.util.Properties) whose keys are the long options without their dashes, such
 * as {@code layout=docker28}. An option that is on or off has the value {@code true} or {@code
 * false}.
 */
final class AgentConfiguration {
  private static final String DASHES = "--";

  private final Path file;
  private final CommandSpec command;

  private AgentConfiguration(Path file, CommandSpec command) {
    this.file = file;
    this.command = command;
  }

  /**
   * A command as it would be if the file's options had been typed as well. Where both say
   * something, it is as it was typed.
   *
   * @param typed what was understood of the command line
   * @throws ConfigurationException if the file can't be read, or has a key or a value that the
   *     command doesn't take
   */
  static AgentCommand complete(Path file, ParseResult typed) throws ConfigurationException {
    AgentConfiguration configuration = new AgentConfiguration(file, typed.commandSpec());
    List<String> arguments = configuration.arguments(typed);
    typed.matchedOptionsSet().forEach(option -> arguments.addAll(asTyped(option)));
    AgentCommand command = new AgentCommand();
    try {
      new CommandLine(command).parseArgs(arguments.toArray(String[]::new));
    } catch (ParameterException e) {
      throw new ConfigurationException(file + ": " + e.getMessage(), e);
    }
    return command;
  }

  private static List<String> asTyped(OptionSpec option) {
    return option.arity().max() == 0
        ? List.of(option.longestName())
        : option.originalStringValues().stream()
            .map(value -> option.longestName() + "=" + value)
            .toList();
  }

  /** The file's options that the command line says nothing about. */
  private List<String> arguments(ParseResult typed) throws ConfigurationException {
    Properties properties = read();
    List<String> arguments = new ArrayList<>();
    for (String key : new TreeSet<>(properties.stringPropertyNames())) {
      OptionSpec option = option(key);
      List<String> argument = argument(key, option, properties.getProperty(key).strip());
      requireUnderstood(argument);
      if (typed.matchedOptionsSet().stream().noneMatch(other -> decides(other, option))) {
        arguments.addAll(argument);
      }
    }
    return arguments;
  }

  private Properties read() throws ConfigurationException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file, UTF_8)) {
      properties.load(reader);
    } catch (IOException e) {
      throw new ConfigurationException(
          FileTrouble.during("read configuration " + file, e).getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException("read configuration " + file + ": " + e.getMessage(), e);
    }
    return properties;
  }

  private OptionSpec option(String key) throws ConfigurationException {
    OptionSpec option = command.findOption(DASHES + key);
    if (option == null || !isForFiles(option)) {
      throw refused(
          key,
          "there is no such option; there are "
              + command.options().stream()
                  .filter(AgentConfiguration::isForFiles)
                  .map(known -> known.longestName().substring(DASHES.length()))
                  .sorted()
                  .collect(joining(", ")));
    }
    return option;
  }

  private static boolean isForFiles(OptionSpec option) {
    return !option.usageHelp()
        && !option.versionHelp()
        && !option.longestName().equals(AgentCommand.CONFIG);
  }

  private List<String> argument(String key, OptionSpec option, String value)
      throws ConfigurationException {
    if (option.arity().max() > 0) {
      return List.of(DASHES + key + "=" + value);
    }
    return switch (value) {
      case "true" -> List.of(DASHES + key);
      case "false" -> List.of();
      case String other ->
          throw refused(key, UserText.quoted(other) + " is neither true nor false");
    };
  }

  /** Tried alone, so that whatever is wrong is wrong with this key. */
  private void requireUnderstood(List<String> argument) throws ConfigurationException {
    for (String text : argument) {
      try {
        new CommandLine(new AgentCommand()).parseArgs(text);
      } catch (ParameterException e) {
        throw refused(text.substring(DASHES.length()).split("=", 2)[0], e.getMessage());
      }
    }
  }

  /** Of options that exclude each other, one that was typed decides for all. */
  private static boolean decides(OptionSpec typed, OptionSpec option) {
    return typed.longestName().equals(option.longestName())
        || (typed.group() != null && typed.group().equals(option.group()));
  }

  private ConfigurationException refused(String key, String why) {
    return new ConfigurationException(file + ": " + UserText.quoted(key) + ": " + why);
  }
}
