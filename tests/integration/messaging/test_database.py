"""What a connection of the pool carries from one use to the next: nothing of a transaction."""

from shared.kit.database import Database


async def test_a_transaction_left_open_ends_with_the_use_of_its_connection(sender: Database) -> None:
    async with sender.connection() as connection:
        first = await connection.fetchval("SELECT pg_backend_pid()")
        await connection.execute("BEGIN; SET LOCAL timezone = 'Europe/Paris'; SELECT pg_advisory_xact_lock(7)")

    async with sender.connection() as connection:
        state = await connection.fetchrow(
            "SELECT pg_backend_pid(), current_setting('timezone'), pg_current_xact_id_if_assigned(),"
            " EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())"
        )
        inside = connection.is_in_transaction()

    assert state is not None
    assert (*state, inside) == (first, "UTC", None, False, False)


async def test_a_connection_goes_back_to_the_pool_without_a_word_to_the_server(sender: Database) -> None:
    said: list[object] = []
    async with sender.connection() as connection:
        connection.add_query_logger(said.append)

    assert said == []
