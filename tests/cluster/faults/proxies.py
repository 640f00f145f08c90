"""Networks that can be cut, and a server that is busy now and then: they stand before a real one.

Each runs on a thread of its own: `with cut_proxy(server, port) as proxy:`, then `proxy.address`.
"""

import asyncio
import contextlib
import random
import threading
from collections import Counter
from collections.abc import Coroutine

import grpc

HOST = "127.0.0.1"
LARGEST = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class proxy:
    """A loop on a thread, which starts with `open` and ends with `close`."""

    def __init__(self, server: str, port: int) -> None:
        self.server = server
        self.port = port
        self.address = f"{HOST}:{port}"
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        self.do(self.open())
        return self

    def __exit__(self, *_) -> None:
        self.do(self.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    def do(self, what: Coroutine):
        return asyncio.run_coroutine_threadsafe(what, self.loop).result()

    async def open(self) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError


class connection:
    """Bytes from a client to the server and back."""

    def __init__(self, streams: list[tuple]) -> None:
        self.writers = [writer for _, writer in streams]
        self.is_forgotten = False

    def abort(self) -> None:
        for each in self.writers:
            each.transport.abort()


class cut_proxy(proxy):
    """Passes bytes on, until the network is cut:

    refused    connections are reset, and new ones refused
    silent     connections stay, new ones are taken, and nothing goes through; what was on its way
               arrives when the network is whole again
    forgotten  as silent, but the connections of that time stay dead, and nobody says so; new ones
               will do
    """

    WAYS = ("refused", "silent", "forgotten")

    async def open(self) -> None:
        self.connections: set[connection] = set()
        self.is_whole = asyncio.Event()
        self.is_whole.set()
        await self.listen()

    async def listen(self) -> None:
        self.listener = await asyncio.start_server(self.connected, HOST, self.port)

    async def close(self) -> None:
        self.listener.close()
        self.reset()
        for each in asyncio.all_tasks(self.loop) - {asyncio.current_task()}:
            each.cancel()

    def reset(self) -> None:
        for each in [*self.connections]:
            each.abort()

    def cut(self, way: str) -> None:
        self.do(self.begin_cut(way))

    def mend(self) -> None:
        self.do(self.end_cut())

    async def begin_cut(self, way: str) -> None:
        if way == "refused":
            self.listener.close()
            self.reset()
        else:
            self.is_whole.clear()
        for each in self.connections:
            each.is_forgotten = way == "forgotten"

    async def end_cut(self) -> None:
        self.is_whole.set()
        if not self.listener.is_serving():
            await self.listen()

    async def connected(self, reader, writer) -> None:
        host, _, port = self.server.rpartition(":")
        try:
            beyond = await asyncio.open_connection(host, int(port))
        except OSError:
            writer.transport.abort()
            return
        made = connection([(reader, writer), beyond])
        self.connections.add(made)
        try:
            await asyncio.gather(
                self.pass_on(made, reader, beyond[1]), self.pass_on(made, beyond[0], writer)
            )
        except asyncio.CancelledError:
            pass  # the proxy closes: nobody asks for the end of this task
        finally:
            self.connections.discard(made)
            made.abort()

    async def pass_on(self, made: connection, reader, writer) -> None:
        with contextlib.suppress(OSError):  # reset
            while data := await reader.read(1 << 16):
                await self.is_whole.wait()
                if made.is_forgotten:
                    continue
                writer.write(data)
                await writer.drain()
        if not made.is_forgotten:
            made.abort()


class busy_proxy(proxy, grpc.GenericRpcHandler):
    """Passes calls on, but answers the first of each method, and then a part of all, with
    UNAVAILABLE or RESOURCE_EXHAUSTED. One half of them it has not passed on; of the others the
    server's answer is lost, with whatever it gave."""

    def __init__(self, server: str, port: int, rate: float, seed: int) -> None:
        super().__init__(server, port)
        self.rate = rate
        self.random = random.Random(seed)
        self.calls: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()

    async def open(self) -> None:
        self.channel = grpc.aio.insecure_channel(self.server, options=LARGEST)
        self.listener = grpc.aio.server(options=LARGEST)
        self.listener.add_generic_rpc_handlers((self,))
        self.listener.add_insecure_port(self.address)
        await self.listener.start()

    async def close(self) -> None:
        await self.listener.stop(0)
        await self.channel.close()

    def service(self, details):
        """Of gRPC: what handles a call. Without serializers, messages are bytes."""

        async def handle(request: bytes, context) -> bytes:
            return await self.answer(details.method, request, context)

        return grpc.unary_unary_rpc_method_handler(handle)

    async def answer(self, method: str, request: bytes, context) -> bytes:
        self.calls[method] += 1
        if self.calls[method] == 1 or self.random.random() < self.rate / 2:
            codes = grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED
            self.faults[method] += 1
            await context.abort(self.random.choice(codes), "this fault is a test")
        is_lost = self.random.random() < self.rate / 2
        own = ("user-agent", "te", "content-type")
        headers = [h for h in context.invocation_metadata() if h[0] not in own]
        call = self.channel.unary_unary(method)
        try:
            response = await call(request, timeout=context.time_remaining(), metadata=headers)
        except grpc.aio.AioRpcError as said:
            details = said.trailing_metadata() or ()
            await context.abort(said.code(), said.details() or "", tuple(details))
        if is_lost:
            self.faults[method] += 1
            await context.abort(grpc.StatusCode.UNAVAILABLE, "this loss is a test")
        return response
