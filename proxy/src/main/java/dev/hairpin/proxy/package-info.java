/**
 * One userland proxy for all ports: listens, connects to the backend, and carries bytes, datagrams
 * and messages between them. It knows neither Docker nor rules.
 */
package dev.hairpin.proxy;
