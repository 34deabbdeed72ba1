"""A practice Mattermost server: a team with two channels, the people in it, and a bot."""
