"""The running bot: every configured platform, the clock's jobs and one web server in one process."""
